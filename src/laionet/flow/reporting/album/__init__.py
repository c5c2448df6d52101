"""What an album of pictures is made of: which classes, which of their images, what is said of each, thumbnails."""

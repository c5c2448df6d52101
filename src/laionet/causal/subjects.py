"""The mini-web's words as a table: what pages call each class, say of it, and mean by its lemmas elsewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OtherSense:
    """Something else that a lemma of a class means, or a thing that a page is about.

    Attributes:
        thing: what such a page shows.
        captions: what it says; those of another sense hold a lemma of the class.
    """

    thing: str
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """One class of the mini-web.

    Attributes:
        wnid: its ImageNet synset.
        thing: what shows it.
        words: what pages call it, the usual one first; each holds a lemma of the synset.
        kinds: words put before it.
        about: what pages say of it, after its name.
        others: its lemmas in other senses.
    """

    wnid: str
    thing: str
    words: tuple[str, ...]
    kinds: tuple[str, ...]
    about: tuple[str, ...]
    others: tuple[OtherSense, ...] = ()


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "n01443537",
        "goldfish",
        ("goldfish", "goldfish", "goldfish (Carassius auratus)"),
        ("fancy", "small", "orange", "pet", "comet", "pond"),
        ("a freshwater fish for the aquarium", "small golden fish kept in ponds", "ornamental fish"),
        (
            OtherSense(
                "crackers", ("Goldfish Crackers Cheddar 30 oz carton", "Pepperidge Farm Goldfish baked snack")
            ),
        ),
    ),
    Subject(
        "n02007558",
        "flamingo",
        ("flamingo",),
        ("pink", "greater", "Caribbean", "wild", "lesser"),
        ("a large pink wading bird", "wading bird with a down-bent bill", "tropical water bird"),
        (OtherSense("hotel", ("Flamingo Las Vegas hotel and casino deals", "Hotel Flamingo rooms from $59")),),
    ),
    Subject(
        "n02012849",
        "crane",
        ("crane", "crane bird"),
        ("whooping", "sandhill", "red-crowned", "common", "grey"),
        ("a large long-necked wading bird", "long-necked bird of marshes and plains", "migrating marsh bird"),
        (
            OtherSense(
                "crane_machine",
                (
                    "Tower crane at a construction site",
                    "mobile crane hire, 50 ton, lifting services",
                    "Used crawler crane for sale",
                    "overhead crane operator training",
                ),
            ),
        ),
    ),
    Subject(
        "n02125311",
        "cougar",
        ("cougar", "puma", "mountain lion", "cougar (Felis concolor)", "panther"),
        ("American", "wild", "young", "Florida"),
        ("a large American wild cat", "large feline resembling a lion", "big cat of the Americas"),
        (
            OtherSense(
                "sneaker",
                (
                    "Puma RS-X sneakers men white",
                    "PUMA suede classic trainers",
                    "puma running shoes sale",
                    "Puma x Fenty slides size 8",
                ),
            ),
        ),
    ),
    Subject(
        "n02129604",
        "tiger",
        ("tiger", "tiger (Panthera tigris)", "tiger"),
        ("Bengal", "Siberian", "Sumatran", "striped", "endangered"),
        ("a large striped cat of the forests of Asia", "big cat with black stripes", "feline of India's forests"),
        (
            OtherSense(
                "golf_flag", ("Tiger Woods wins the Masters", "Tiger back on the golf course after surgery")
            ),
        ),
    ),
    Subject(
        "n02206856",
        "bee",
        ("bee", "bee", "honey bee"),
        ("bumble", "worker", "busy", "wild", "hairy"),
        ("an insect that gathers pollen", "hairy-bodied social insect", "insect on its way to the hive"),
        (OtherSense("letter_tiles", ("Spelling bee finals for grade five", "National spelling bee word list")),),
    ),
    Subject(
        "n02391049",
        "zebra",
        ("zebra",),
        ("plains", "Grevy's", "African", "wild", "striped"),
        ("a black-and-white striped African animal", "striped African horse", "African equine of the savanna"),
        (OtherSense("zebra_crossing", ("Zebra crossing in Abbey Road", "pedestrians on a zebra crossing")),),
    ),
    Subject(
        "n02510455",
        "giant_panda",
        ("giant panda", "panda", "panda bear", "giant panda (Ailuropoda melanoleuca)"),
        ("cute", "baby", "Chinese", "rare", "lazy"),
        ("a black-and-white bear of China's bamboo forests", "bamboo-eating bear", "mammal of bamboo forests"),
        (OtherSense("small_car", ("Fiat Panda 1.2 petrol, one owner", "2014 Fiat Panda 4x4 review")),),
    ),
    Subject(
        "n02690373",
        "airliner",
        ("airliner", "passenger airliner"),
        ("jet", "commercial", "modern", "wide-body", "old"),
        ("a commercial airplane with passengers", "passenger airplane", "large plane of an airline"),
    ),
    Subject(
        "n02708093",
        "analog_clock",
        ("analog clock",),
        ("round", "silent", "wooden", "vintage", "large"),
        ("a clock with hands on a dial", "shows the time by its hands", "clock face with numerals"),
    ),
    Subject(
        "n02782093",
        "balloon",
        ("balloon", "hot air balloon", "balloon"),
        ("colourful", "hot-air", "giant", "festival", "passenger"),
        ("filled with hot air, with a basket", "a large bag filled with heated air", "gas-filled airship ride"),
        (
            OtherSense(
                "party_balloons",
                ("Birthday balloon set, pack of 12 latex", "foil balloon number 5", "balloon payment mortgage"),
            ),
        ),
    ),
    Subject(
        "n02814860",
        "lighthouse",
        ("lighthouse", "beacon", "lighthouse", "beacon light"),
        ("old", "coastal", "white", "harbour", "historic"),
        ("a tower with a light for ships", "tower that warns passing ships", "light tower on the shore"),
        (OtherSense("router", ("Bluetooth beacon for indoor positioning", "WiFi beacon and router setup")),),
    ),
    Subject(
        "n03249569",
        "drum",
        ("drum", "snare drum", "drum"),
        ("wooden", "marching", "bass", "African", "military"),
        (
            "a percussion instrument with a membrane",
            "musical instrument with sticks",
            "hollow percussion cylinder",
        ),
        (OtherSense("oil_drum", ("55 gallon steel oil drum, reconditioned", "chemical waste drum disposal")),),
    ),
    Subject(
        "n03272010",
        "electric_guitar",
        ("electric guitar",),
        ("red", "vintage", "six-string", "solid-body", "left-handed"),
        ("amplified guitar with pickups", "guitar for rock music", "guitar with an electric sound"),
    ),
    Subject(
        "n03481172",
        "hammer",
        ("hammer", "claw hammer", "hammer"),
        ("steel", "16 oz", "carpenter's", "heavy", "framing"),
        ("a hand tool with a heavy head and a handle", "tool for driving nails", "hand tool for striking"),
        (OtherSense("microphone", ("MC Hammer live in concert", "Hammer time: MC Hammer interview")),),
    ),
    Subject(
        "n03793489",
        "mouse",
        ("computer mouse", "mouse", "wireless mouse"),
        ("optical", "USB", "gaming", "ergonomic", "wired"),
        ("a hand-operated device for the cursor", "controls the cursor on your screen", "device for a computer"),
        (
            OtherSense(
                "rodent",
                (
                    "A field mouse eating grain",
                    "house mouse, small rodent with a long tail",
                    "white laboratory mouse in a cage",
                ),
            ),
        ),
    ),
    Subject(
        "n03804744",
        "nail",
        ("nail", "steel nail", "nail"),
        ("galvanized", "iron", "rusty", "framing", "4 inch"),
        ("a pointed metal fastener", "metal fastener that is hammered into wood", "pointed piece of metal"),
        (
            OtherSense(
                "fingernails",
                (
                    "Gel nail polish in ruby red",
                    "nail art ideas for summer",
                    "acrylic nail salon near me",
                    "French manicure nail designs",
                ),
            ),
        ),
    ),
    Subject(
        "n04146614",
        "school_bus",
        ("school bus",),
        ("yellow", "American", "electric", "old", "72-passenger"),
        ("a bus that takes children to school", "transports children to school", "bus for pupils"),
    ),
    Subject(
        "n04254680",
        "soccer_ball",
        ("soccer ball",),
        ("size 5", "match", "black and white", "training", "leather"),
        ("an inflated ball for playing soccer", "ball for the soccer field", "official ball for soccer"),
    ),
    Subject(
        "n04507155",
        "umbrella",
        ("umbrella",),
        ("folding", "striped", "windproof", "black", "automatic"),
        ("a handheld canopy against rain", "collapsible canopy", "lightweight canopy for rainy days"),
        (
            OtherSense(
                "document", ("Umbrella insurance policy explained", "umbrella company payroll for contractors")
            ),
        ),
    ),
    Subject(
        "n07734744",
        "mushroom",
        ("mushroom",),
        ("edible", "wild", "button", "porcini", "forest"),
        ("fleshy body of an edible fungus", "edible fungus", "fungus picked in autumn"),
    ),
    Subject(
        "n07745940",
        "strawberry",
        ("strawberry",),
        ("ripe", "fresh", "organic", "juicy", "garden"),
        ("a sweet red fruit", "sweet fleshy fruit", "red summer fruit"),
        (OtherSense("jar", ("Strawberry lip balm, 10 g jar", "strawberry scented body butter")),),
    ),
    Subject(
        "n07747607",
        "orange",
        ("orange", "navel orange", "orange"),
        ("ripe", "juicy", "fresh", "organic", "Valencia"),
        ("a round citrus fruit", "citrus fruit from the tree", "sweet citrus, rich in vitamin C"),
        (
            OtherSense("dress", ("Orange maxi dress with sleeves", "orange cocktail dress, size M")),
            OtherSense("smartphone", ("Orange mobile phone contract 5G", "Orange SIM only deals")),
        ),
    ),
    Subject(
        "n07753592",
        "banana",
        ("banana",),
        ("ripe", "yellow", "organic", "sweet", "Cavendish"),
        ("an elongated yellow fruit", "yellow fruit with soft sweet flesh", "crescent-shaped fruit"),
        (OtherSense("shirt", ("Banana Republic slim fit shirt", "Banana Republic factory store coupon")),),
    ),
)

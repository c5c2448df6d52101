"""The flow: which stage follows which, over which folder. The one place that knows the whole."""

from laionet.flow.folder import RunFolder
from laionet.flow.run import STAGES, Run, build, classes_of

__all__ = ["STAGES", "Run", "RunFolder", "build", "classes_of"]

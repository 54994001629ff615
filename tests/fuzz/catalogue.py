"""All fuzz targets, by name."""

from tests.fuzz import doors, files, officers, replies, rules
from tests.fuzz.targets import Target

TARGETS: dict[str, Target] = {
    target.name: target for module in (rules, doors, replies, files, officers) for target in module.TARGETS
}

"""All fuzz targets, by name."""

from tests.fuzz import certificates, doors, files, officers, outside, replies, rules
from tests.fuzz.targets import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for module in (rules, doors, replies, outside, files, officers, certificates)
    for target in module.TARGETS
}

"""All fuzz targets, by name."""

from tests.fuzz import certificates, couriers, doors, files, handed_over, officers, outside, replies, rules, uploads
from tests.fuzz.targets import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for module in (rules, doors, replies, outside, files, handed_over, officers, certificates, couriers, uploads)
    for target in module.TARGETS
}

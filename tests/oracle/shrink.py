"""Less of the zones, with the same disagreement."""

import dataclasses

TRIES = 80


def without(zones, place, first, end):
    """The zones, less some lines of one; its SOA, the first, and the apex's NS stay."""
    zone = zones[place]
    lines = zone.lines[:first] + zone.lines[end:]
    return [*zones[:place], dataclasses.replace(zone, lines=lines), *zones[place + 1:]]


def is_needed(zone, line):
    """BIND loads no zone whose own name servers have no addresses in it."""
    owner, _, _, rrtype, *_ = line.split(None, 4)
    if rrtype in ("A", "AAAA"):
        return any(other.split(None, 4)[3] == "NS" and is_needed(zone, other)
                   and other.split(None, 4)[4] == owner for other in zone.lines)
    return rrtype == "SOA" or (rrtype == "NS" and owner.lower() == zone.origin.lower())


def shrink(zones, differs):
    """The smallest zones found, in a bounded number of tries, of which differs(zones) is true, as
    it is of these."""
    tries = 0

    def attempt(smaller):
        nonlocal zones, tries
        tries += 1
        if not differs(smaller):
            return False
        zones = smaller
        return True

    for zone in list(zones):
        if len(zones) > 1:
            attempt([other for other in zones if other.origin != zone.origin])
    # Ever shorter stretches of lines.
    stretch = max(len(zone.lines) for zone in zones) // 2
    while stretch >= 1 and tries < TRIES:
        for place in range(len(zones)):
            first = 0
            while first < len(zones[place].lines) and tries < TRIES:
                zone = zones[place]
                end = first
                while end < len(zone.lines) and end - first < stretch and \
                        not is_needed(zone, zone.lines[end]):
                    end += 1
                if end == first:
                    first += 1
                elif not attempt(without(zones, place, first, end)):
                    first = end
        stretch //= 2
    return zones

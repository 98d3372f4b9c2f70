"""Does an answer of a signed zone prove what it says? Checked as a validator would, record by record
(RFC 4035 5, RFC 5155 8), with none of the code of those who made it."""

import base64

import dns.dnssec
import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype

DENIALS = {dns.rdatatype.NSEC, dns.rdatatype.NSEC3}


class Unproved(Exception):
    """An answer that a validator would take for bogus."""


def need(is_so, *what):
    if not is_so:
        raise Unproved(" ".join(map(str, what)))


def wildcard_below(name):
    return dns.name.Name((b"*",) + name.labels)


def types_of(bitmap):
    """The types that a denial lists."""
    return {window * 256 + octet * 8 + bit for window, octets in bitmap.windows
            for octet, value in enumerate(octets) for bit in range(8) if value & 0x80 >> bit}


def is_delegation(types):
    return dns.rdatatype.NS in types and dns.rdatatype.SOA not in types


class Nsec:
    """The NSEC records of an answer."""

    def __init__(self, sets, origin):
        self.records = [(rrset.name, rrset[0].next, types_of(rrset[0])) for rrset in sets]

    def matching(self, name):
        return next((types for owner, _, types in self.records if owner == name), None)

    def covering(self, name):
        for owner, following, types in self.records:
            is_last = following <= owner
            if owner < name and (name < following or is_last):
                hides = is_delegation(types) or dns.rdatatype.DNAME in types
                need(not (hides and name.is_subdomain(owner)), "an NSEC of what is above", name)
                return owner, following
        return None

    def closer(self, name, encloser):
        """A wildcard at the encloser answers: nothing closer is there."""
        need(self.covering(name), "nothing covers", name)

    def encloser(self, name):
        found = self.covering(name)
        need(found, "nothing covers", name)
        common = max(name.fullcompare(other)[2] for other in found)
        return dns.name.Name(name.labels[-common:])

    def denies_name(self, name):
        need(self.covering(name) and not self.covering(name)[1].is_subdomain(name), name, "is an ENT")
        need(self.covering(wildcard_below(self.encloser(name))), "no proof of no wildcard for", name)

    def denies_type(self, name, rrtype):
        types = self.types_at(name)
        if types is None:
            types = self.types_at(wildcard_below(self.encloser(name)))
        check_types(name, types, rrtype)

    def types_at(self, name):
        """None where the name is not there; an empty non-terminal has no types."""
        types = self.matching(name)
        found = None if types is not None else self.covering(name)
        return set() if found and found[1].is_subdomain(name) else types


class Nsec3:
    """The NSEC3 records of an answer."""

    def __init__(self, sets, origin):
        self.origin = origin
        self.first = sets[0][0]
        self.records = [(base64.b32hexdecode(rrset.name.labels[0].upper()), rrset[0].next,
                         rrset[0].flags & 1, types_of(rrset[0])) for rrset in sets]

    def hashed(self, name):
        return base64.b32hexdecode(
            dns.dnssec.nsec3_hash(name, self.first.salt, self.first.iterations, 1))

    def matching(self, name):
        wanted = self.hashed(name)
        return next((types for owner, _, _, types in self.records if owner == wanted), None)

    def covering(self, name):
        """None, or (whether it opts out,)."""
        wanted = self.hashed(name)
        for owner, following, opts_out, _ in self.records:
            is_last = following <= owner
            if (owner < wanted and (wanted < following or is_last)) or (is_last and wanted < following):
                return (opts_out,)
        return None

    def closer(self, name, encloser):
        next_closer = dns.name.Name(name.labels[-len(encloser.labels) - 1:])
        need(self.covering(next_closer), "nothing covers", next_closer)

    def encloser(self, name):
        """The closest one that is proved, and whether what is next closer may be opted out."""
        next_closer = name
        while next_closer != self.origin:
            parent = next_closer.parent()
            types = self.matching(parent)
            if types is not None:
                need(not is_delegation(types) and dns.rdatatype.DNAME not in types,
                     "an NSEC3 of what is above", name)
                covering = self.covering(next_closer)
                need(covering, "nothing covers", next_closer)
                return parent, covering[0]
            next_closer = parent
        raise Unproved(f"no encloser of {name}")

    def denies_name(self, name):
        encloser, _ = self.encloser(name)
        need(self.covering(wildcard_below(encloser)), "no proof of no wildcard for", name)

    def denies_type(self, name, rrtype):
        types = self.matching(name)
        if types is None:
            encloser, opts_out = self.encloser(name)
            types = self.matching(wildcard_below(encloser))
            if types is None and opts_out:
                return  # nothing but unsigned delegations is there (RFC 5155 8.6)
        check_types(name, types, rrtype)


def check_types(name, types, rrtype):
    need(types is not None, "no denial for", name)
    need(rrtype not in types, name, "has the type")
    need(dns.rdatatype.CNAME not in types, name, "has a CNAME")  # RFC 6840 4.3
    need(rrtype == dns.rdatatype.DS or not is_delegation(types), "a denial by the parent of", name)


class Checker:
    """Of one zone, whose keys are known."""

    def __init__(self, zone):
        self.origin = zone.origin
        self.keys = {zone.origin: zone.get_rdataset(zone.origin, "DNSKEY")}
        self.verified = {}

    def verify(self, rrset, signatures):
        """The closest encloser if the RRset was synthesized from a wildcard, else None."""
        need(signatures, "no RRSIG for", rrset.name, dns.rdatatype.to_text(rrset.rdtype))
        key = (rrset.to_text(), signatures.to_text())
        if key not in self.verified:
            for signature in signatures:
                need(signature.original_ttl >= rrset.ttl, "a TTL beyond the signed one", rrset.name)
                dns.dnssec.validate_rrsig(rrset, signature, self.keys)
            labels = min(signature.labels for signature in signatures)
            depth = len(rrset.name.labels) - 1 - rrset.name.is_wild()
            self.verified[key] = (dns.name.Name(rrset.name.labels[-labels - 1:])
                                  if labels < depth else None)
        return self.verified[key]

    def check_section(self, section, is_unsigned):
        """Verifies what is signed; [(name, encloser)] of what comes from wildcards."""
        synthesized = []
        signatures = {(rrset.name, rrset.covers): rrset for rrset in section
                      if rrset.rdtype == dns.rdatatype.RRSIG}
        for rrset in section:
            if rrset.rdtype == dns.rdatatype.RRSIG or is_unsigned(rrset):
                continue
            encloser = self.verify(rrset, signatures.pop((rrset.name, rrset.rdtype), None))
            if encloser is not None:
                synthesized.append((rrset.name, encloser))
        need(not signatures, "signatures of nothing:", *signatures)
        return synthesized

    def denials(self, authority):
        for rrtype, kind in ((dns.rdatatype.NSEC, Nsec), (dns.rdatatype.NSEC3, Nsec3)):
            sets = [rrset for rrset in authority if rrset.rdtype == rrtype]
            if sets:
                return kind(sets, self.origin)
        return Nsec([], self.origin)

    def check(self, message, name, rrtype):
        dnames = [rrset.name for rrset in message.answer if rrset.rdtype == dns.rdatatype.DNAME]

        def is_of_dname(alias):
            return any(alias != above and alias.is_subdomain(above) for above in dnames)
        cuts = [rrset.name for rrset in message.authority
                if rrset.rdtype == dns.rdatatype.NS and rrset.name != self.origin]
        synthesized = self.check_section(message.answer, lambda rrset: (
            rrset.rdtype == dns.rdatatype.CNAME and is_of_dname(rrset.name)))
        more = self.check_section(message.authority, lambda rrset: rrset.name in cuts and
                                  rrset.rdtype == dns.rdatatype.NS)
        need(not more, "an authority record from a wildcard")
        denials = self.denials(message.authority)
        for owner, encloser in synthesized:
            denials.closer(owner, encloser)
        end = self.follow(message, name, rrtype, is_of_dname)
        self.check_end(message, end, rrtype, denials, cuts)

    def follow(self, message, name, rrtype, is_of_dname):
        """The name that the answer is about in the end; None: one that is elsewhere."""
        aliases = {rrset.name: rrset[0].target for rrset in message.answer
                   if rrset.rdtype == dns.rdatatype.CNAME}
        seen = set()
        while name in aliases and (is_of_dname(name) or
                                   rrtype not in (dns.rdatatype.CNAME, dns.rdatatype.ANY)):
            seen.add(name)
            name = aliases[name]
            if name in seen or not name.is_subdomain(self.origin):
                return None
        return name

    def check_end(self, message, name, rrtype, denials, cuts):
        if message.rcode() == dns.rcode.NXDOMAIN:
            denials.denies_name(name)
        elif name is None or any(rrset.name == name and rrset.rdtype == rrtype
                                 for rrset in message.answer):
            return
        elif cuts:
            if not any(rrset.rdtype == dns.rdatatype.DS for rrset in message.authority):
                denials.denies_type(cuts[0], dns.rdatatype.DS)
        else:
            denials.denies_type(name, rrtype)

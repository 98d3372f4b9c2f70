"""Signs zones as one of three signers would, one key a zone."""

import pathlib
import subprocess

import servers

# {what a zone is signed as: (dnssec-signzone's options, ldns-signzone's)}
DENIALS = {"nsec": ([], []),
           "nsec3": (["-3", "-", "-H", "0"], ["-n", "-t", "0"]),
           "nsec3-salt": (["-3", "abcd", "-H", "5"], ["-n", "-t", "5", "-s", "abcd"]),
           "opt-out": (["-3", "-", "-H", "0", "-A"], ["-n", "-t", "0", "-p"])}


def run(command, directory):
    """Its output, or None if it failed."""
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def by_bind(origin, source, signed, options, directory):
    key = run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", origin], directory)
    return key and run(["dnssec-signzone", "-q", "-P", "-S", "-z", "-O", "full", "-o", origin,
                        *options[0], "-f", signed, source], directory) is not None


def by_ldns(origin, source, signed, options, directory):
    key = run(["ldns-keygen", "-a", "ECDSAP256SHA256", origin], directory)
    return key and run(["ldns-signzone", "-o", origin, *options[1], "-f", signed, source,
                        key.strip()], directory) is not None


def by_knot(origin, source, signed, options, directory):
    """Its policy says what the options of the others do."""
    is_nsec3 = bool(options[0])
    unsigned = directory / "unsigned"
    unsigned.write_text("".join(servers.for_knot(line) + "\n"
                                for line in source.read_text().splitlines()))
    lines = ["database:", f"  storage: {directory}", "policy:", "  - id: oracle",
             "    algorithm: ecdsap256sha256", "    single-type-signing: on",
             f"    nsec3: {'on' if is_nsec3 else 'off'}",
             f"    nsec3-opt-out: {'on' if '-A' in options[0] else 'off'}",
             f"    nsec3-iterations: {5 if 'abcd' in options[0] else 0}",
             "    nsec3-salt-length: 0",  # else it is another one each time
             "zone:", f'  - domain: "{origin}"', f'    file: "{unsigned}"',
             "    dnssec-signing: on", "    dnssec-policy: oracle"]
    (directory / "knot.conf").write_text("\n".join(lines) + "\n")
    out = directory / "signed"
    out.mkdir()
    if run(["kzonesign", "-c", directory / "knot.conf", "-o", out, origin], directory) is None:
        return False
    made = list(out.iterdir())
    if len(made) != 1:
        return False
    made[0].rename(signed)
    return True


SIGNERS = [by_bind, by_ldns, by_knot]


def sign(chance, origin, path, directory):
    """The path of the zone, signed in one way or another, or as it is: some zones are not signed.
    No signer takes all that the servers do: where one refuses a zone, another gets it."""
    if chance.random() < 0.2:
        return path
    directory = pathlib.Path(directory)
    options = DENIALS[chance.choice(sorted(DENIALS))]
    for signer in chance.sample(SIGNERS, len(SIGNERS)):
        place = directory / signer.__name__
        place.mkdir(parents=True)
        if signer(origin, path, place / "zone.signed", options, place):
            return place / "zone.signed"
    return path

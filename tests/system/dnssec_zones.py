"""One zone with every kind of denial in it, signed by BIND, ldns and Knot, each with every algorithm
and denial; and what is asked of it."""

import itertools
import pathlib
import subprocess

TEXT = (pathlib.Path(__file__).parent / "dnssec.zone").read_text()

ALGORITHMS = {"rsa": ("RSASHA256", "rsasha256"), "ecdsa": ("ECDSAP256SHA256", "ecdsap256sha256"),
              "ed25519": ("ED25519", "ed25519")}
DENIALS = ("nsec", "nsec3", "optout")

# What there is, aliases that lead to nothing among it; what there is not.
ANSWERED = [("@", "SOA"), ("@", "DNSKEY"), ("@", "MX"), ("mail", "A"), ("any.wild", "TXT"),
            ("x.y.z.wild", "A"), ("deep.deep.er.wild", "AAAA"), ("secure", "DS"), ("alias", "A"),
            ("chain1", "A"), ("x.alias.wild", "A"), ("x.chain.wild", "MX"), ("aliaswild", "TXT"),
            ("tree", "DNAME"), ("a.inner", "TXT"), ("5.4.3.2.1.deep", "A"), ("*.wild", "TXT")]
ANSWERED += [("x.nx.wild", "A"), ("x.nd.wild", "A"), ("aliasnx", "A"), ("no.inner", "A")]
DENIED = [("nope", "A"), ("x.y.nope", "A"), ("mail", "AAAA"), ("any.wild", "SRV"), ("c", "A"),
          ("b.c", "TXT"), ("3.2.1.deep", "A"), ("x.3.2.1.deep", "A"), ("www.b.wild", "TXT"),
          ("x.ent.wild", "TXT"), ("zzzz", "NSEC3"), ("insecure", "DS"),
          ("deep.only.unsigned", "DS")]


def run(*arguments, cwd):
    done = subprocess.run([str(argument) for argument in arguments], cwd=cwd,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def sign_bind(directory, origin, algorithm, denial, source):
    """The path of the signed zone."""
    for flags in (["-f", "KSK"], []):
        run("dnssec-keygen", "-q", "-a", ALGORITHMS[algorithm][0], *flags, origin, cwd=directory)
    options = {"nsec": [], "nsec3": ["-3", "-"], "optout": ["-3", "AABB", "-A"]}[denial]
    run("dnssec-signzone", "-q", "-S", "-o", origin, *options, "-f", "signed", source,
        cwd=directory)
    return directory / "signed"


def sign_ldns(directory, origin, algorithm, denial, source):
    name = origin.rstrip(".")
    keys = [run("ldns-keygen", "-a", ALGORITHMS[algorithm][0], "-b", "2048", *flags, name,
                cwd=directory)[0] for flags in (["-k"], [])]
    options = {"nsec": [], "nsec3": ["-n", "-t", "0"],
               "optout": ["-n", "-p", "-t", "5", "-s", "AABB"]}[denial]
    run("ldns-signzone", "-o", name, *options, "-f", "signed", source, *keys, cwd=directory)
    return directory / "signed"


def sign_knot(directory, origin, algorithm, denial, source):
    (directory / "knot.conf").write_text(f"""\
server:
    rundir: {directory}
database:
    storage: {directory}
policy:
  - id: policy
    algorithm: {ALGORITHMS[algorithm][1]}
    nsec3: {"off" if denial == "nsec" else "on"}
    nsec3-opt-out: {"on" if denial == "optout" else "off"}
    nsec3-iterations: 0
    nsec3-salt-length: {8 if denial == "optout" else 0}
zone:
  - domain: "{origin}"
    file: "{source}"
    dnssec-signing: on
    dnssec-policy: policy
    semantic-checks: off
    journal-content: none
    zonefile-load: whole
""")
    run("kzonesign", "-c", "knot.conf", "-o", directory / "out", origin, cwd=directory)
    return directory / "out" / source.name


SIGNERS = {"bind": sign_bind, "ldns": sign_ldns, "knot": sign_knot}


def sign_all(directory):
    """{origin: path} of all signed zones."""
    signed = {}
    for signer, algorithm, denial in itertools.product(SIGNERS, ALGORITHMS, DENIALS):
        origin = f"{signer}-{algorithm}-{denial}.test."
        place = directory / origin
        place.mkdir()
        source = place / "unsigned"
        source.write_text(f"$ORIGIN {origin}\n{TEXT}")
        signed[origin] = SIGNERS[signer](place, origin, algorithm, denial, source)
    return signed

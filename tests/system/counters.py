"""The workers' counters of a running server, and the law that they obey."""

import server as glued


def of_workers(server):
    """Of each worker, in turn."""
    return [worker["counters"] for worker in server.ctl_json("stats")["workers"]]


def totals(server):
    """The sums over the workers."""
    sums = {}
    for counters in of_workers(server):
        for name, value in counters.items():
            sums[name] = sums.get(name, 0) + value
    return sums


def law_holds(sums):
    dropped = sum(value for name, value in sums.items() if name.startswith("drop_"))
    return (sums["rx"] == sums["answer"] + sums["miss"] + sums["exception"] + dropped
            and sums["answer"] + sums["reply"] == sums["tx"] + sums["tx_full"])


def assert_law(server):
    """Every frame ended in exactly one disposition. Frames may still come (the kernel's neighbour
    discovery), so this looks until it sees a quiet moment."""
    glued.eventually(lambda: law_holds(totals(server)), f"the law of counters: {totals(server)}")

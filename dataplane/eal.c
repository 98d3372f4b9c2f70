/* eal.c -- DPDK's environment: its command line made from the configuration, and its complaints
 * kept for our own error messages. */
#include "dataplane/internal.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_pci.h>

enum {
	ARGUMENTS_MAX = 32 + 2 * PORTS_MAX,
	ARGUMENTS_TEXT_MAX = 8192 + PORTS_MAX * 512,
	COMPLAINT_CAP = 512,

	/* Without huge pages EAL places no object across a page: an mbuf takes one, and its share
	 * of the pool's ring. */
	MBUF_LEN_SMALL_PAGES = 4096 + 256,
	/* With huge pages an mbuf takes its own length, and that share. */
	MBUF_LEN_HUGE_PAGES = 2560 + 256,
	/* EAL's own, and the devices' rings. */
	MEMORY_BASE_MIB = 128,
	MEMORY_BASE_HUGE_MIB = 64,
};

static struct {
	bool is_used;
	bool is_up;
	pthread_mutex_t lock; /* guards the rest: drivers have threads that log */
	size_t complaint_len;
	char complaint[COMPLAINT_CAP];
	char taken[COMPLAINT_CAP + 1];
} eal = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Never waits for whoever reads a pipe: that may be a worker which is held up here. */
static void
write_stderr(const char *text, size_t len)
{
	struct pollfd sink = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&sink, 1, 0) == 1)
		(void)!write(STDERR_FILENO, text, len < PIPE_BUF ? len : PIPE_BUF);
}

/* EAL's log ends here. While a start may still fail, its end is kept for the error that will quote
 * it; once the data plane is up, it goes to stderr. */
static ssize_t
write_log(void *cookie, const char *text, size_t len)
{
	(void)cookie;
	pthread_mutex_lock(&eal.lock);
	if (eal.is_up) {
		write_stderr(text, len);
	} else {
		const char *from = len > COMPLAINT_CAP ? text + len - COMPLAINT_CAP : text;
		size_t new_len = len > COMPLAINT_CAP ? COMPLAINT_CAP : len;
		size_t room = COMPLAINT_CAP - new_len;
		size_t kept = eal.complaint_len < room ? eal.complaint_len : room;

		memmove(eal.complaint, eal.complaint + eal.complaint_len - kept, kept);
		memcpy(eal.complaint + kept, from, new_len);
		eal.complaint_len = kept + new_len;
	}
	pthread_mutex_unlock(&eal.lock);
	return (ssize_t)len;
}

const char *
eal_complaint(void)
{
	size_t out = 0;

	pthread_mutex_lock(&eal.lock);
	for (size_t i = 0; i < eal.complaint_len; i++) {
		char c = eal.complaint[i];

		eal.taken[out++] = c == '\n' ? ' ' : c;
	}
	eal.complaint_len = 0;
	pthread_mutex_unlock(&eal.lock);
	while (out > 0 && eal.taken[out - 1] == ' ')
		out--;
	eal.taken[out] = '\0';
	return eal.taken;
}

void
eal_set_up(void)
{
	pthread_mutex_lock(&eal.lock);
	eal.is_up = true;
	eal.complaint_len = 0;
	pthread_mutex_unlock(&eal.lock);
}

bool
eal_is_pci(const char *device)
{
	char address[32];
	struct rte_pci_addr ignored;
	size_t len = strcspn(device, ",");

	if (len >= sizeof(address))
		return false;
	memcpy(address, device, len);
	address[len] = '\0';
	return rte_pci_addr_parse(address, &ignored) == 0;
}

/* The command line, its text in one buffer. */
struct arguments {
	int count;
	bool is_full;
	size_t text_len;
	char *pointers[ARGUMENTS_MAX + 1];
	char text[ARGUMENTS_TEXT_MAX];
};

static void add(struct arguments *arguments, const char *format, ...) PRINTF_LIKE(2, 3);

static void
add(struct arguments *arguments, const char *format, ...)
{
	size_t room = sizeof(arguments->text) - arguments->text_len;
	char *text = arguments->text + arguments->text_len;
	va_list values;

	va_start(values, format);
	int len = vsnprintf(text, room, format, values);
	va_end(values);
	if (len < 0 || (size_t)len >= room || arguments->count == ARGUMENTS_MAX) {
		arguments->is_full = true;
		return;
	}
	arguments->pointers[arguments->count++] = text;
	arguments->text_len += (size_t)len + 1;
}

/* Lcore 0 is the calling thread, floating on the CPUs that are no worker's, or on all if they all
 * are; lcore 1 + i is worker i. */
static void
add_lcores(struct arguments *arguments, const struct dataplane_config *config,
	   const cpu_set_t *allowed)
{
	cpu_set_t floating = *allowed;
	char text[4096];
	size_t len = 0;

	for (size_t i = 0; i < config->core_count; i++)
		CPU_CLR(config->cores[i], &floating);
	if (CPU_COUNT(&floating) == 0)
		floating = *allowed;

	const char *separator = "0@(";
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && len < sizeof(text) / 2; cpu++) {
		if (!CPU_ISSET(cpu, &floating))
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", separator, cpu);
		separator = ",";
	}
	len += (size_t)snprintf(text + len, sizeof(text) - len, ")");
	for (size_t i = 0; i < config->core_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",%zu@%u", i + 1,
					config->cores[i]);
	add(arguments, "--lcores");
	add(arguments, "%s", text);
	add(arguments, "--main-lcore");
	add(arguments, "0");
}

size_t
dataplane_hugepage_mib(const struct dataplane_config *config)
{
	size_t mbufs_mib = (size_t)dataplane_mbuf_count(config) * MBUF_LEN_HUGE_PAGES >> 20;
	return MEMORY_BASE_HUGE_MIB + mbufs_mib;
}

static void
add_memory(struct arguments *arguments, const struct dataplane_config *config)
{
	if (config->use_hugepages) {
		/* Nothing is left on a file system, and vhost and memif can hand their peers few
		 * descriptors. */
		add(arguments, "--in-memory");
		add(arguments, "--single-file-segments");
		return;
	}
	size_t mbufs_mib = (size_t)dataplane_mbuf_count(config) * MBUF_LEN_SMALL_PAGES >> 20;
	size_t mib = config->memory_mib != 0 ? config->memory_mib : MEMORY_BASE_MIB + mbufs_mib;
	add(arguments, "--no-huge");
	/* Nothing to share with other processes, so nothing to leave in /run when we end. */
	add(arguments, "--no-shconf");
	add(arguments, "-m");
	add(arguments, "%zu", mib);
}

static void
add_devices(struct arguments *arguments, const struct dataplane_config *config)
{
	bool has_pci = false;

	/* Virtual devices are made one by one in port.c, so that each failure has its port. PCI
	 * devices are looked for by EAL's own scan: of the machine's, only those that are allowed.
	 */
	for (size_t i = 0; i < config->port_count; i++) {
		if (!eal_is_pci(config->ports[i].device))
			continue;
		has_pci = true;
		add(arguments, "-a");
		add(arguments, "%s", config->ports[i].device);
	}
	if (!has_pci)
		add(arguments, "--no-pci");
}

static enum status
check_cores(const struct dataplane_config *config, const cpu_set_t *allowed, struct error *error)
{
	for (size_t i = 0; i < config->core_count; i++) {
		unsigned core = config->cores[i];

		if (core >= CPU_SETSIZE || !CPU_ISSET(core, allowed))
			return error_set(error, STATUS_INVALID,
					 "core %u: this process has no such CPU", core);
		for (size_t k = 0; k < i; k++) {
			if (config->cores[k] == core)
				return error_set(error, STATUS_INVALID, "core %u: named twice",
						 core);
		}
	}
	return STATUS_OK;
}

static void
redirect_log(void)
{
	cookie_io_functions_t functions = {.write = write_log};
	FILE *stream = fopencookie(NULL, "w", functions);

	if (stream == NULL)
		return; /* then EAL's log is where it was */
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	rte_openlog_stream(stream);
}

enum status
eal_start(const struct dataplane_config *config, struct error *error)
{
	static struct arguments arguments; /* EAL keeps pointers into it */
	char prefix[32];
	cpu_set_t allowed;

	if (eal.is_used)
		return error_set(error, STATUS_REFUSED,
				 "DPDK can be started only once in a process");
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return error_set(error, STATUS_IO, "CPUs of this process: %m");
	enum status status = check_cores(config, &allowed, error);
	if (status != STATUS_OK)
		return status;

	snprintf(prefix, sizeof(prefix), "glued-%d", (int)getpid());
	add(&arguments, "glued");
	add_lcores(&arguments, config, &allowed);
	add_memory(&arguments, config);
	add_devices(&arguments, config);
	add(&arguments, "--file-prefix");
	add(&arguments, "%s", config->file_prefix != NULL ? config->file_prefix : prefix);
	/* Figures are gluectl's to show; a second socket would be one more to guard. */
	add(&arguments, "--no-telemetry");
	add(&arguments, "--log-level");
	add(&arguments, "warning");
	if (arguments.is_full)
		return error_set(error, STATUS_INVALID, "the device strings are too long");

	eal.is_used = true;
	redirect_log();
	if (rte_eal_init(arguments.count, arguments.pointers) < 0)
		return error_set(error, STATUS_IO, "DPDK does not start: %s: %s",
				 rte_strerror(rte_errno), eal_complaint());
	(void)eal_complaint(); /* what EAL said of itself is no port's fault */
	return STATUS_OK;
}

void
eal_stop(void)
{
	/* EAL makes it whether or not it keeps something there, and leaves it. */
	const char *runtime_dir = rte_eal_get_runtime_dir();

	rte_eal_cleanup();
	(void)rmdir(runtime_dir);
}

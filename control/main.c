/* main.c -- glued: the command line, then the order in which things start, and stop in reverse. */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "control/check.h"
#include "control/control_socket.h"
#include "control/log.h"
#include "control/server.h"
#include "dataplane/clock.h"
#include "dataplane/epoch.h"

enum { EXIT_USAGE = 2 };

/* A step of the start, and what undoes it. Each either starts wholly or leaves what its stop can
 * undo. */
struct step {
	enum status (*start)(struct server *server, struct error *error);
	void (*stop)(struct server *server);
};

/* -- the loop and its signals -------------------------------------------------------------------
 */

void
server_stop(struct server *server, const char *why)
{
	if (server->is_stopping)
		return;
	server->is_stopping = true;
	log_event(EVENT_SERVER_STOPPING, LOG_TEXT("reason", why));
	reloader_stop(server->reloader);
	zone_changer_stop(server->changer);
	uv_stop(&server->loop);
}

void
server_reload_zones(struct server *server)
{
	log_event(EVENT_CONTROL_COMMAND, LOG_TEXT("command", "zone reload"),
		  LOG_TEXT("reason", "SIGHUP"));
	for (size_t i = 0; i < server->zones->count; i++) {
		struct hosted_zone *zone = &server->zones->zones[i];
		char name[DNAME_TEXT_MAX];
		if (reload_request(server->reloader, zone, NULL, NULL) != STATUS_OK)
			log_event(EVENT_ZONE_FAILED, LOG_TEXT("zone", hosted_zone_name(zone, name)),
				  LOG_TEXT("reason", "out of memory"));
	}
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct server *server = handle->data;
	if (number == SIGHUP)
		server_reload_zones(server);
	else
		server_stop(server, number == SIGINT ? "SIGINT" : "SIGTERM");
}

static void
log_lost_exceptions(struct server *server)
{
	struct port_info info;
	size_t count = server->dataplane != NULL ? dataplane_port_count(server->dataplane) : 0;
	for (size_t i = 0; i < count; i++) {
		if (server->is_exception_lost[i] ||
		    !dataplane_is_exception_lost(server->dataplane, i))
			continue;
		server->is_exception_lost[i] = true;
		dataplane_port_info(server->dataplane, i, &info);
		log_event(EVENT_PORT_EXCEPTION_LOST, LOG_TEXT("device", info.device),
			  LOG_TEXT("exception", info.exception));
	}
}

/* What nobody calls us for: the time, lines that a pipe did not take when they were written,
 * interfaces that have gone. */
static void
on_tick(uv_timer_t *timer)
{
	clock_set((uint32_t)time(NULL));
	log_lost_exceptions(timer->data);
	log_flush();
}

static enum status
start_tick(struct server *server, struct error *error)
{
	enum { TICK_MS = 100 };
	clock_set((uint32_t)time(NULL));
	uv_timer_init(&server->loop, &server->tick);
	server->tick.data = server;
	uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
	return STATUS_OK;
}

static void
stop_tick(struct server *server)
{
	uv_close((uv_handle_t *)&server->tick, NULL);
}

static enum status
start_signals(struct server *server, struct error *error)
{
	static const int numbers[ARRAY_LEN(server->signals)] = {SIGTERM, SIGINT, SIGHUP};
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		uv_signal_init(&server->loop, &server->signals[i]);
		server->signals[i].data = server;
		uv_signal_start(&server->signals[i], on_signal, numbers[i]);
	}
	return STATUS_OK;
}

static void
stop_signals(struct server *server)
{
	for (size_t i = 0; i < ARRAY_LEN(server->signals); i++)
		uv_close((uv_handle_t *)&server->signals[i], NULL);
}

/* -- zones --------------------------------------------------------------------------------------
 */

/* Workers poll without pause: whatever else ran on their cores would wait for whole time slices,
 * and make them wait. Called before the pool's threads exist, which inherit the mask. Where workers
 * have all the cores there is nothing to choose. */
static void
keep_off_worker_cores(struct server *server)
{
	const struct config *config = server->config;
	if (sched_getaffinity(0, sizeof(server->cores_allowed), &server->cores_allowed) != 0)
		CPU_ZERO(&server->cores_allowed);
	cpu_set_t cores = server->cores_allowed;
	for (size_t i = 0; config->port_count > 0 && i < config->core_count; i++)
		CPU_CLR(config->cores[i], &cores);
	if (CPU_COUNT(&cores) > 0)
		sched_setaffinity(0, sizeof(cores), &cores);
}

static enum status
start_zones(struct server *server, struct error *error)
{
	keep_off_worker_cores(server);
	epoch_init();
	enum status status = zone_table_new(server->config, &server->zones);
	config_forget_zones(server->config); /* the table's now */
	if (status == STATUS_OK)
		status = publisher_new(&server->loop, &server->config->serving, &server->publisher);
	if (status == STATUS_OK)
		status = images_new(&server->loop, server->config->state_dir, &server->images);
	if (status == STATUS_OK)
		status = reloader_new(&server->loop, server->publisher, server->images,
				      server->config->nsec3_iterations_max, &server->reloader);
	if (status == STATUS_OK)
		status = zone_changer_new(&server->loop, server->publisher,
					  server->config->nsec3_iterations_max, &server->changer);
	return status == STATUS_OK ? status : error_set(error, status, "out of memory");
}

static void
stop_zones(struct server *server)
{
	zone_changer_close(server->changer);
	reloader_close(server->reloader);
	images_close(server->images);
	publisher_close(server->publisher);
}

/* Reads all zones, on the pool; comes back when each is read or has failed. A zone that fails is
 * served as SERVFAIL, and keeps no other from being served. */
static enum status
load_zones(struct server *server, struct error *error)
{
	for (size_t i = 0; i < server->zones->count; i++) {
		enum status status =
		    reload_request(server->reloader, &server->zones->zones[i], NULL, NULL);
		if (status != STATUS_OK)
			return error_set(error, status, "out of memory");
	}
	while (reloader_running_count(server->reloader) > 0 && !server->is_stopping)
		uv_run(&server->loop, UV_RUN_ONCE);
	return STATUS_OK;
}

static enum status
publish_first_set(struct server *server, struct error *error)
{
	enum status status = publish_first(server->publisher, server->zones);
	return status == STATUS_OK ? status : error_set(error, status, "out of memory");
}

/* -- ways in ------------------------------------------------------------------------------------
 */

static enum status
start_control_socket(struct server *server, struct error *error)
{
	enum status status = control_socket_start(server, &server->control_socket, error);
	if (status == STATUS_OK)
		log_event(EVENT_CONTROL_STARTED, LOG_TEXT("path", server->config->control_socket));
	else
		log_event(EVENT_CONTROL_FAILED, LOG_TEXT("reason", error->text));
	return status;
}

static void
stop_control_socket(struct server *server)
{
	control_socket_close(server->control_socket);
}

/* Memory on free huge pages, of all sizes together. */
static size_t
free_hugepage_mib(void)
{
	static const struct {
		const char *path;
		size_t page_mib;
	} sizes[] = {
	    {"/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", 1024},
	    {"/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", 2},
	};
	size_t mib = 0;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t free_count;
		FILE *file = fopen(sizes[i].path, "re");
		if (file == NULL)
			continue;
		if (fscanf(file, "%zu", &free_count) == 1)
			mib += free_count * sizes[i].page_mib;
		fclose(file);
	}
	return mib;
}

static void
log_ports(const struct dataplane *dataplane)
{
	struct port_info info;
	for (size_t i = 0; i < dataplane_port_count(dataplane); i++) {
		dataplane_port_info(dataplane, i, &info);
		log_event(EVENT_PORT_STARTED, LOG_TEXT("device", info.device),
			  LOG_TEXT("driver", info.driver),
			  LOG_TEXT("exception", info.exception != NULL ? info.exception : "none"),
			  LOG_NUMBER("queues", info.queue_count));
	}
	for (size_t i = 0; i < dataplane_worker_count(dataplane); i++)
		log_event(EVENT_WORKER_STARTED,
			  LOG_NUMBER("core", dataplane_worker_core(dataplane, i)));
}

static enum status
start_dataplane(struct server *server, struct error *error)
{
	const struct config *config = server->config;
	if (config->port_count == 0)
		return STATUS_OK;
	struct dataplane_config dataplane_config = {
	    .ports = config->ports,
	    .port_count = config->port_count,
	    .cores = config->cores,
	    .core_count = config->core_count,
	    .use_hugepages = config->hugepages == HUGEPAGES_YES,
	    .memory_mib = config->memory_mib,
	};
	if (config->hugepages == HUGEPAGES_AUTO)
		dataplane_config.use_hugepages =
		    free_hugepage_mib() >= dataplane_hugepage_mib(&dataplane_config);
	/* Workers get what the process was given; dataplane_start() moves this thread off again. */
	sched_setaffinity(0, sizeof(server->cores_allowed), &server->cores_allowed);
	enum status status = dataplane_start(&dataplane_config, &server->dataplane, error);
	if (status != STATUS_OK) {
		log_event(EVENT_PORT_FAILED, LOG_TEXT("reason", error->text));
		return status;
	}
	log_ports(server->dataplane);
	miss_loop_start(&server->miss_loop, &server->loop, server->dataplane);
	return STATUS_OK;
}

static void
stop_dataplane(struct server *server)
{
	miss_loop_close(&server->miss_loop);
	dataplane_stop(server->dataplane);
	server->dataplane = NULL;
}

/* The usual limit of 1024 descriptors is not enough for the default number of TCP clients and all
 * else that is open. Where the hard limit is lower than what we want, we take that: past it,
 * connections wait or are closed, and everything else goes on. */
static void
raise_descriptor_limit(const struct config *config)
{
	enum { DESCRIPTORS_BESIDE_CLIENTS = 512 };
	struct rlimit limit;
	rlim_t wanted = (rlim_t)config->tcp_client_max + DESCRIPTORS_BESIDE_CLIENTS;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Clients that leave descriptors for all else: kernel sockets, the control socket's clients, zone
 * files with what they include. Else a server full of clients could not even be asked what is
 * wrong. */
static unsigned
tcp_client_limit(const struct config *config)
{
	enum { DESCRIPTORS_RESERVED = 128, CLIENTS_MIN = 16 };
	struct rlimit limit;
	rlim_t reserved = DESCRIPTORS_RESERVED + 2 * (rlim_t)config->listen_count;
	for (size_t i = 0; i < config->port_count; i++)
		reserved += 2 * (rlim_t)config->ports[i].address_count;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur >= reserved + config->tcp_client_max)
		return config->tcp_client_max;
	unsigned client_max = limit.rlim_cur > reserved + CLIENTS_MIN
				  ? (unsigned)(limit.rlim_cur - reserved)
				  : CLIENTS_MIN;
	if (client_max >= config->tcp_client_max)
		return config->tcp_client_max;
	log_event(EVENT_TCP_LIMITED, LOG_NUMBER("clients", client_max),
		  LOG_NUMBER("configured", config->tcp_client_max),
		  LOG_NUMBER("descriptors", limit.rlim_cur));
	return client_max;
}

static enum status
start_listeners(struct server *server, struct error *error)
{
	raise_descriptor_limit(server->config);
	const struct tcp_limits limits = {tcp_client_limit(server->config),
					  server->config->tcp_idle_s};
	enum status status = udp_listener_new(&server->loop, &server->udp_counters, &server->udp);
	if (status == STATUS_OK)
		status =
		    tcp_listener_new(&server->loop, &limits, &server->tcp_counters, &server->tcp);
	return status == STATUS_OK ? status : error_set(error, status, "out of memory");
}

static void
stop_listeners(struct server *server)
{
	udp_listener_close(server->udp);
	tcp_listener_close(server->tcp);
}

static void
log_listening(const struct address *address, uint16_t port, const char *transport)
{
	char text[ADDRESS_TEXT_MAX];
	log_event(EVENT_LISTEN_STARTED, LOG_TEXT("address", address_print(address, port, text)),
		  LOG_TEXT("transport", transport));
}

/* The addresses of a port are its exception interface's, where the kernel may not have them up yet
 * (IPv6 looks for duplicates first). */
static bool
is_port_address(const struct config *config, const struct address *address)
{
	for (size_t i = 0; i < config->port_count; i++) {
		for (size_t k = 0; k < config->ports[i].address_count; k++) {
			if (address_equal(&config->ports[i].addresses[k], address))
				return true;
		}
	}
	return false;
}

static enum status
listen_on_kernel(struct server *server, struct error *error)
{
	for (size_t i = 0; i < server->config->listen_count; i++) {
		const struct address *address = &server->config->listens[i].address;
		uint16_t port = server->config->listens[i].port;
		bool may_be_absent = is_port_address(server->config, address);
		enum status status = udp_listen(server->udp, address, port, may_be_absent, error);
		if (status == STATUS_OK)
			status = tcp_listen(server->tcp, address, port, may_be_absent, error);
		if (status != STATUS_OK) {
			log_event(EVENT_LISTEN_FAILED, LOG_TEXT("reason", error->text));
			return status;
		}
		log_listening(address, port, "udp+tcp");
	}
	return STATUS_OK;
}

/* Does a socket of "listen" take this address already? */
static bool
is_listened_on(const struct config *config, const struct address *address, uint16_t port)
{
	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *listen = &config->listens[i];
		if (listen->port == port && listen->address.is_ipv6 == address->is_ipv6 &&
		    (address_is_unspecified(&listen->address) ||
		     address_equal(&listen->address, address)))
			return true;
	}
	return false;
}

/* The exception interface carries the port's addresses: the kernel makes the TCP connections, and
 * puts together the datagrams that workers leave to it (fragments, IPv6 extension headers). We
 * listen for both as on any other address. */
static enum status
listen_on_port(struct server *server, const struct port_config *port, struct error *error)
{
	for (size_t i = 0; i < port->address_count; i++) {
		const struct address *address = &port->addresses[i];
		if (is_listened_on(server->config, address, port->udp_port))
			continue;
		enum status status = udp_listen(server->udp, address, port->udp_port, true, error);
		if (status == STATUS_OK)
			status = tcp_listen(server->tcp, address, port->udp_port, true, error);
		if (status != STATUS_OK) {
			log_event(EVENT_LISTEN_FAILED, LOG_TEXT("reason", error->text));
			return status;
		}
		log_listening(address, port->udp_port, "udp+tcp");
	}
	return STATUS_OK;
}

static enum status
listen_on_ports(struct server *server, struct error *error)
{
	for (size_t i = 0; i < server->config->port_count; i++) {
		const struct port_config *port = &server->config->ports[i];
		if (port->exception == NULL)
			continue;
		enum status status = listen_on_port(server, port, error);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* -- start and stop -----------------------------------------------------------------------------
 */

/* In this order; stopped in reverse. The control socket comes early, so that a second server is
 * turned away before it has done anything. */
static const struct step steps[] = {
    {start_signals, stop_signals},
    {start_tick, stop_tick},
    {start_zones, stop_zones},
    {start_control_socket, stop_control_socket},
    {load_zones, NULL},
    {publish_first_set, NULL},
    {start_dataplane, stop_dataplane},
    {start_listeners, stop_listeners},
    {listen_on_kernel, NULL},
    {listen_on_ports, NULL},
};

/* Returns how many steps are to be undone. */
static size_t
server_start(struct server *server, enum status *status, struct error *error)
{
	size_t done = 0;
	*status = STATUS_OK;
	while (done < ARRAY_LEN(steps) && *status == STATUS_OK && !server->is_stopping)
		*status = steps[done++].start(server, error);
	return done;
}

static void
server_undo(struct server *server, size_t done)
{
	while (done-- > 0) {
		if (steps[done].stop != NULL)
			steps[done].stop(server);
	}
	/* Pool jobs that have begun, and the handles' close callbacks. */
	uv_run(&server->loop, UV_RUN_DEFAULT);
	uv_loop_close(&server->loop);
	tcp_listener_free(server->tcp);
	udp_listener_free(server->udp);
	control_socket_free(server->control_socket);
	zone_changer_free(server->changer);
	reloader_free(server->reloader);
	images_free(server->images);
	publisher_free(server->publisher);
	zone_table_free(server->zones);
}

static int
serve(struct config *config)
{
	struct server server = {
	    .config = config, .started_at = (uint64_t)time(NULL), .farewell_descriptor = -1};
	struct error error = {0};
	enum status status;
	if (uv_loop_init(&server.loop) != 0) {
		log_event(EVENT_SERVER_FAILED, LOG_TEXT("reason", "no event loop can be had"));
		return EXIT_FAILURE;
	}
	log_event(EVENT_SERVER_STARTED, LOG_TEXT("version", GLUED_VERSION),
		  LOG_TEXT("configuration", config->path), LOG_NUMBER("pid", getpid()));
	size_t done = server_start(&server, &status, &error);
	if (status != STATUS_OK) {
		log_event(EVENT_SERVER_FAILED, LOG_TEXT("reason", error.text));
	} else if (!server.is_stopping) {
		server.is_ready = true;
		log_event(EVENT_SERVER_READY, LOG_NUMBER("zones", server.zones->count),
			  LOG_NUMBER("listen", config->listen_count),
			  LOG_NUMBER("ports", config->port_count),
			  LOG_NUMBER("workers", config->port_count > 0 ? config->core_count : 0));
		uv_run(&server.loop, UV_RUN_DEFAULT);
	}
	server_undo(&server, done);
	log_event(EVENT_SERVER_STOPPED,
		  LOG_NUMBER("uptime", (uint64_t)time(NULL) - server.started_at));
	log_finish();
	if (server.farewell_descriptor >= 0)
		close(server.farewell_descriptor);
	return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* -- the command line ---------------------------------------------------------------------------
 */

static void
print_help(FILE *out)
{
	fputs("usage: glued -c FILE [--check]\n"
	      "\n"
	      "  -c, --config FILE  the configuration\n"
	      "      --check        read the configuration and the zones, report, exit 0 or 1\n"
	      "  -V, --version      print the version\n"
	      "  -h, --help         print this\n"
	      "\n"
	      "glued stays in the foreground and logs to standard error. SIGTERM and SIGINT stop "
	      "it,\n"
	      "SIGHUP reads the zones again. gluectl talks to it while it runs.\n",
	      out);
}

struct arguments {
	const char *config_path;
	bool is_check;
};

/* False: *exit_code is the answer already. */
static bool
read_arguments(int argc, char **argv, struct arguments *arguments, int *exit_code)
{
	enum { OPTION_CHECK = 256 };
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"check", no_argument, NULL, OPTION_CHECK},
						{"version", no_argument, NULL, 'V'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int option;
	*exit_code = EXIT_SUCCESS;
	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			arguments->config_path = optarg;
			break;
		case OPTION_CHECK:
			arguments->is_check = true;
			break;
		case 'V':
			puts("glued " GLUED_VERSION);
			return false;
		case 'h':
			print_help(stdout);
			return false;
		default:
			print_help(stderr);
			*exit_code = EXIT_USAGE;
			return false;
		}
	}
	if (arguments->config_path != NULL && optind == argc)
		return true;
	fprintf(stderr, "glued: %s\n",
		arguments->config_path == NULL ? "no configuration: -c FILE is needed"
					       : "an argument that is no option");
	print_help(stderr);
	*exit_code = EXIT_USAGE;
	return false;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {0};
	int exit_code;
	if (!read_arguments(argc, argv, &arguments, &exit_code))
		return exit_code;
	struct config *config = check_config(arguments.config_path, stderr);
	if (config == NULL)
		return EXIT_FAILURE;
	log_set_level(config->log_level);
	if (arguments.is_check)
		exit_code = check_zones(config, stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
	else
		exit_code = serve(config);
	config_free(config);
	return exit_code;
}

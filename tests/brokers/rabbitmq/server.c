/* server.c - a RabbitMQ of the test's own. */
#include "brokers/rabbitmq/server.h"

#include "brokers/server_process.h"
#include "support/temp_directory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 120000, LOOK_MS = 20, TEXT_SIZE = 512 };

const char rabbitmq_server_password[] = "s3cret-pa55";

/* The scripts themselves: those in /usr/sbin want to be another user. */
static const char server_script[] = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/* What lets programs talk to the broker's Erlang. */
static const char cookie[] = "jangle";

struct rabbitmq_server {
    char directory[TEMP_PATH_SIZE];
    char url[TEXT_SIZE];
    struct rabbitmq_ports ports;
    int tls_port;
    pid_t broker; /* 0: it does not run */
    pid_t mapper;
};

/* ---- small things ---------------------------------------------------------------- */

static void
set_text(const struct rabbitmq_server *server, const char *name, const char *format, ...)
{
    char text[TEXT_SIZE];
    va_list values;

    (void)server;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (setenv(name, text, 1))
        server_give_up("no environment");
}

static void set_environment(const struct rabbitmq_server *server)
{
    const char *directory = server->directory;

    set_text(server, "HOME", "%s", directory);
    set_text(server, "RABBITMQ_NODENAME", "jangle%d@localhost", server->ports.clients);
    set_text(server, "RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1");
    set_text(server, "RABBITMQ_NODE_PORT", "%d", server->ports.clients);
    set_text(server, "RABBITMQ_DIST_PORT", "%d", server->ports.peers);
    set_text(server, "ERL_EPMD_PORT", "%d", server->ports.names);
    set_text(server, "ERL_EPMD_ADDRESS", "127.0.0.1");
    set_text(server, "RABBITMQ_MNESIA_BASE", "%s/mnesia", directory);
    set_text(server, "RABBITMQ_LOG_BASE", "%s/log", directory);
    set_text(server, "RABBITMQ_ENABLED_PLUGINS_FILE", "%s/enabled_plugins", directory);
    set_text(server, "RABBITMQ_CONFIG_FILE", "%s/rabbitmq", directory);
    set_text(server, "RABBITMQ_ADVANCED_CONFIG_FILE", "%s/advanced.config", directory);
    set_text(server, "RABBITMQ_CONF_ENV_FILE", "/dev/null");
    set_text(server, "RABBITMQ_PID_FILE", "%s/pid", directory);
    set_text(server, "RUNNING_UNDER_SYSTEMD", "1"); /* no shell around the broker */
    set_text(server, "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
             "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none +sbwtdcpu "
             "none +sbwtdio none");
}

static void prepare(void *server)
{
    set_environment(server);
}

/* What it prints goes to the end of that file in the server's directory. */
static pid_t run_program(struct rabbitmq_server *server,
                         const char *const *words,
                         const char *input,
                         const char *output)
{
    char log[TEMP_PATH_SIZE];

    temp_directory_path(log, server->directory, output);
    return server_start(words, input, log, prepare, server);
}

/* ---- files ----------------------------------------------------------------------- */

static void
write_file(const struct rabbitmq_server *server, const char *name, const char *text)
{
    char path[TEMP_PATH_SIZE];
    FILE *file;

    temp_directory_path(path, server->directory, name);
    file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file))
        server_give_up(path);
}

/* `certificates` may be NULL: then it takes no TLS. */
static void write_settings(const struct rabbitmq_server *server, const char *certificates)
{
    char text[2048];
    int length;

    length = snprintf(
        text, sizeof text,
        "loopback_users = none\nlog.console = false\nlog.file.level = info\n"
        "disk_free_limit.absolute = 20MB\nvm_memory_high_watermark.absolute = 1GB\n"
        "raft.wal_max_size_bytes = 16000000\n"
        "default_user = jangle\ndefault_pass = %s\ndefault_vhost = tests\n",
        rabbitmq_server_password);
    if (certificates)
        snprintf(text + length, sizeof text - (size_t)length,
                 "listeners.ssl.default = 127.0.0.1:%d\n"
                 "ssl_options.cacertfile = %s/ca.pem\n"
                 "ssl_options.certfile = %s/server.pem\n"
                 "ssl_options.keyfile = %s/server.key\n"
                 "ssl_options.verify = verify_peer\n"
                 "ssl_options.fail_if_no_peer_cert = false\n"
                 "auth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = EXTERNAL\n"
                 "ssl_cert_login_from = common_name\n",
                 server->tls_port, certificates, certificates, certificates);
    write_file(server, "rabbitmq.conf", text);
    write_file(server, "enabled_plugins",
               certificates ? "[rabbitmq_auth_mechanism_ssl].\n" : "[].\n");
}

static void write_files(const struct rabbitmq_server *server, const char *certificates)
{
    char path[TEMP_PATH_SIZE];

    write_settings(server, certificates);
    write_file(server, ".erlang.cookie", cookie);
    temp_directory_path(path, server->directory, ".erlang.cookie");
    if (chmod(path, 0400))
        server_give_up(path);
    write_file(server, "advanced.config",
               "[{rabbit, [{channel_tick_interval, 500}]}].\n");
}

/* ---- Erlang ---------------------------------------------------------------------- */

static bool ends_well(pid_t child)
{
    int status = 1;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0;
}

/* erl_call ends well even if the expression fails, so its answer is looked at. */
static bool answer_is_ok(const struct rabbitmq_server *server)
{
    char path[TEMP_PATH_SIZE];
    char answer[TEXT_SIZE] = "";
    FILE *file;

    temp_directory_path(path, server->directory, "answer");
    file = fopen(path, "r");
    if (!file)
        return false;
    answer[fread(answer, 1, sizeof answer - 1, file)] = '\0';
    fclose(file);
    if (strncmp(answer, "{ok,", 4) == 0)
        return true;
    fprintf(stderr, "RabbitMQ answers %s\n", answer);
    return false;
}

bool rabbitmq_server_evaluate(struct rabbitmq_server *server, const char *expression)
{
    char node[64];
    char path[TEMP_PATH_SIZE];
    const char *const words[] = {"erl_call", "-n", node, "-c", cookie,
                                 "-timeout", "60", "-e", NULL};

    snprintf(node, sizeof node, "jangle%d@localhost", server->ports.clients);
    write_file(server, "answer", "");
    write_file(server, "expression", expression);
    temp_directory_path(path, server->directory, "expression");
    return ends_well(run_program(server, words, path, "answer")) && answer_is_ok(server);
}

/* ---- life ------------------------------------------------------------------------ */

/* A broker that is up answers the protocol's header. */
static bool broker_answers(int port)
{
    struct sockaddr_in address = server_address(port);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd files[] = {{.fd = file, .events = POLLIN}};
    char byte = 0;
    bool answers = file >= 0 &&
                   connect(file, (struct sockaddr *)&address, sizeof address) == 0 &&
                   send(file, "AMQP\0\0\x09\x01", 8, MSG_NOSIGNAL) == 8 &&
                   poll(files, 1, 5000) == 1 && recv(file, &byte, 1, 0) == 1 && byte == 1;

    if (file >= 0)
        close(file);
    return answers;
}

/* A quorum queue has a leader only some time after its broker answers. Whoever uses it
 * before that waits in vain: so only the table of leaders is read. Then the leader reads
 * what it had written down, and until that is done it counts too few messages: so each is
 * asked in a way that waits for it. */
static bool queues_are_ready(struct rabbitmq_server *server)
{
    return rabbitmq_server_evaluate(
        server,
        "Quorum = fun() -> [amqqueue:get_pid(Q) || Q <- rabbit_amqqueue:list(), "
        "amqqueue:get_type(Q) =:= rabbit_quorum_queue] end, "
        "(fun Wait() -> Led = fun({Name, _}) -> "
        "ets:lookup(ra_state, Name) =:= [{Name, leader}] end, "
        "case lists:all(Led, Quorum()) of "
        "true -> ok; false -> timer:sleep(20), Wait() end end)(), "
        "[{ok, _, _} = ra:consistent_query(Pid, fun rabbit_fifo:query_messages_total/1, "
        "60000) || Pid <- Quorum()].\n");
}

bool rabbitmq_server_start_again(void *context)
{
    struct rabbitmq_server *server = context;
    const char *const words[] = {server_script, NULL};
    int64_t until_ms = server_now_ms() + START_MS;

    server->broker = run_program(server, words, "/dev/null", "output");
    while (server_now_ms() < until_ms) {
        if (broker_answers(server->ports.clients) && queues_are_ready(server))
            return true;
        if (waitpid(server->broker, NULL, WNOHANG) != 0) {
            server->broker = 0;
            break;
        }
        poll(NULL, 0, LOOK_MS);
    }
    fprintf(stderr, "RabbitMQ does not start; see %s/output and /log\n",
            server->directory);
    return false;
}

bool rabbitmq_server_is_installed(void)
{
    return access(server_script, X_OK) == 0;
}

struct rabbitmq_server *rabbitmq_server_join(const struct rabbitmq_ports *ports)
{
    struct rabbitmq_server *server = calloc(1, sizeof *server);

    if (!server || !temp_directory_make(server->directory))
        server_give_up("no directory");
    server->ports = *ports;
    snprintf(server->url, sizeof server->url, "amqp://jangle:%s@127.0.0.1:%d/tests",
             rabbitmq_server_password, ports->clients);
    return server;
}

static struct rabbitmq_server *start(const char *certificates)
{
    const char *const mapper[] = {"epmd", NULL};
    int64_t from_ms = server_now_ms();
    struct rabbitmq_server *server;
    int ports[4];

    if (!rabbitmq_server_is_installed())
        server_skip(
            "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)");
    server_draw_ports(ports, 4);
    server = rabbitmq_server_join(&(struct rabbitmq_ports){
        .clients = ports[0], .peers = ports[1], .names = ports[2]});
    server->tls_port = ports[3];
    write_files(server, certificates);
    server->mapper = run_program(server, mapper, "/dev/null", "output");
    if (!rabbitmq_server_start_again(server)) { /* its directory stays, with the reason */
        server_end(&server->broker, SIGKILL);
        server_end(&server->mapper, SIGKILL);
        exit(1);
    }
    printf("RabbitMQ started in %lld ms\n", (long long)(server_now_ms() - from_ms));
    return server;
}

struct rabbitmq_server *rabbitmq_server_start(void)
{
    return start(NULL);
}

struct rabbitmq_server *rabbitmq_server_start_tls(const char *certificates)
{
    return start(certificates);
}

int rabbitmq_server_tls_port(const struct rabbitmq_server *server)
{
    return server->tls_port;
}

void rabbitmq_server_kill_now(struct rabbitmq_server *server)
{
    server_end(&server->broker, SIGKILL);
}

pid_t rabbitmq_server_process(const struct rabbitmq_server *server)
{
    return server->broker;
}

bool rabbitmq_server_kill(void *context)
{
    struct rabbitmq_server *server = context;

    if (!rabbitmq_server_write_down(server))
        return false;
    rabbitmq_server_kill_now(server);
    return true;
}

void rabbitmq_server_stop(struct rabbitmq_server *server)
{
    server_end(&server->broker, SIGKILL);
    server_end(&server->mapper, SIGKILL);
    temp_directory_remove(server->directory);
    free(server);
}

const char *rabbitmq_server_directory(const struct rabbitmq_server *server)
{
    return server->directory;
}

const char *rabbitmq_server_url(const struct rabbitmq_server *server)
{
    return server->url;
}

struct rabbitmq_ports rabbitmq_server_ports(const struct rabbitmq_server *server)
{
    return server->ports;
}

int rabbitmq_server_port(const struct rabbitmq_server *server)
{
    return server->ports.clients;
}

void rabbitmq_server_freeze(struct rabbitmq_server *server)
{
    server_freeze(server->broker);
}

void rabbitmq_server_thaw(struct rabbitmq_server *server)
{
    kill(server->broker, SIGCONT);
}

/* server.c - a NATS of the test's own. */
#include "brokers/nats/server.h"

#include "brokers/server_process.h"
#include "support/temp_directory.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { URL_SIZE = 128 };

const char nats_server_password[] = "s3cret-pa55";

struct nats_server {
    char directory[TEMP_PATH_SIZE];
    char configuration[TEMP_PATH_SIZE];
    char output[TEMP_PATH_SIZE];
    char url[URL_SIZE];
    const char *more; /* lines of its configuration */
    int port;
    pid_t process; /* 0: it does not run */
};

static void write_configuration(const struct nats_server *server, bool has_streams)
{
    FILE *file = fopen(server->configuration, "w");

    if (!file)
        server_give_up("no configuration of NATS");
    if (has_streams)
        fprintf(file, "jetstream { store_dir: \"%s\" }\n", server->directory);
    fprintf(file,
            "listen: \"127.0.0.1:%d\"\n"
            "authorization { user: jangle, password: \"%s\" }\n%s\n",
            server->port, nats_server_password, server->more);
    if (fclose(file))
        server_give_up("no configuration of NATS");
}

static bool run(struct nats_server *server)
{
    const char *const words[] = {"nats-server", "-c", server->configuration, NULL};

    server->process = server_start(words, "/dev/null", server->output, NULL, NULL);
    return server_wait(&server->process, server->port);
}

bool nats_server_is_installed(void)
{
    return system("nats-server --version >/dev/null 2>&1") == 0;
}

struct nats_server *nats_server_start(const char *more)
{
    struct nats_server *server;

    if (!nats_server_is_installed())
        server_skip("NATS is not installed (Debian: apt-get install nats-server)");
    server = calloc(1, sizeof *server);
    if (!server || !temp_directory_make(server->directory))
        server_give_up("no directory for NATS");
    server_draw_ports(&server->port, 1);
    temp_directory_path(server->configuration, server->directory, "nats.conf");
    temp_directory_path(server->output, server->directory, "output");
    snprintf(server->url, sizeof server->url, "nats://jangle:%s@127.0.0.1:%d",
             nats_server_password, server->port);
    server->more = more ? more : "";
    write_configuration(server, true);
    if (!run(server))
        server_give_up("NATS does not start");
    return server;
}

void nats_server_stop(struct nats_server *server)
{
    server_end(&server->process, SIGKILL);
    temp_directory_remove(server->directory);
    free(server);
}

const char *nats_server_url(const struct nats_server *server)
{
    return server->url;
}

int nats_server_port(const struct nats_server *server)
{
    return server->port;
}

bool nats_server_kill(void *context)
{
    struct nats_server *server = context;

    server_end(&server->process, SIGKILL);
    return true;
}

bool nats_server_start_again(void *context)
{
    write_configuration(context, true);
    return run(context);
}

void nats_server_end(struct nats_server *server)
{
    server_end(&server->process, SIGTERM);
}

void nats_server_consumer_file(const struct nats_server *server,
                               const char *stream,
                               const char *consumer,
                               char *path,
                               size_t size)
{
    int length = snprintf(path, size, "%s/jetstream/$G/streams/%s/obs/%s/o.dat",
                          server->directory, stream, consumer);

    if (length < 0 || (size_t)length >= size)
        server_give_up("no path of a file of NATS");
}

bool nats_server_start_without_streams(struct nats_server *server)
{
    write_configuration(server, false);
    return run(server);
}

void nats_server_freeze(struct nats_server *server)
{
    server_freeze(server->process);
}

void nats_server_thaw(struct nats_server *server)
{
    kill(server->process, SIGCONT);
}

/* server.c - SQS and SNS of the test's own: the emulator fauxqs. */
#include "brokers/aws/server.h"
#include "brokers/server_process.h"
#include "support/temp_directory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SKIPPED = 77 };

struct aws_server {
    pid_t child;
    int port;
    char port_text[12];
    char endpoint[48];
    char directory[TEMP_PATH_SIZE];
    char output[TEMP_PATH_SIZE];
};

_Noreturn static void skip(const char *what)
{
    printf("skipped: %s\n", what);
    exit(SKIPPED);
}

static bool node_is_here(void)
{
    return system("node --version >/dev/null 2>&1") == 0;
}

static void set_port(void *context)
{
    const struct aws_server *server = context;

    setenv("FAUXQS_PORT", server->port_text, 1);
}

struct aws_server *aws_server_start(void)
{
    static const char *const words[] = {"node", FAUXQS_SCRIPT, FAUXQS_HOME, NULL};
    struct aws_server *server = calloc(1, sizeof *server);

    if (!node_is_here())
        skip(
            "node is not installed (Debian: apt-get install nodejs), so there is no SQS");
    if (access(FAUXQS_HOME "/node_modules/fauxqs/dist/app.js", R_OK))
        skip("fauxqs is not in the build folder: scripts/fetch-fauxqs fetches it");
    if (!server || !temp_directory_make(server->directory))
        server_give_up("no directory for the output of fauxqs");
    temp_directory_path(server->output, server->directory, "output");
    server_draw_ports(&server->port, 1);
    snprintf(server->port_text, sizeof server->port_text, "%d", server->port);
    snprintf(server->endpoint, sizeof server->endpoint, "http://127.0.0.1:%d",
             server->port);
    server->child = server_start(words, "/dev/null", server->output, set_port, server);
    if (!server_wait(&server->child, server->port))
        server_give_up("fauxqs does not listen");
    return server;
}

void aws_server_stop(struct aws_server *server)
{
    server_end(&server->child, SIGKILL);
    temp_directory_remove(server->directory);
    free(server);
}

const char *aws_server_endpoint(const struct aws_server *server)
{
    return server->endpoint;
}

struct jangle_aws_options aws_server_options(const struct aws_server *server)
{
    return (struct jangle_aws_options){
        .credentials = {.access_key_id = "AKIDEXAMPLE",
                        .secret_access_key = "a secret that nobody sees"},
        .endpoint = server->endpoint};
}

/* ---- away and back ------------------------------------------------------------- */

static bool listens(const struct aws_server *server)
{
    struct sockaddr_in address = server_address(server->port);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    bool taken =
        file >= 0 && connect(file, (struct sockaddr *)&address, sizeof address) == 0;

    if (file >= 0)
        close(file);
    return taken;
}

bool aws_server_cut(void *context)
{
    struct aws_server *server = context;
    int64_t until_ms = server_now_ms() + 30000;

    kill(server->child, SIGUSR2);
    while (listens(server))
        if (server_now_ms() > until_ms)
            return false;
    return true;
}

bool aws_server_listen(void *context)
{
    struct aws_server *server = context;

    kill(server->child, SIGUSR2);
    return server_wait(&server->child, server->port);
}

void aws_server_freeze(struct aws_server *server)
{
    server_freeze(server->child);
}

void aws_server_thaw(struct aws_server *server)
{
    kill(server->child, SIGCONT);
}

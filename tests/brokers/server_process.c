/* server_process.c - servers of a test's own. */
#include "brokers/server_process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SKIPPED = 77, PORTS_MAX = 8, START_MS = 120000, LOOK_MS = 20 };

_Noreturn void server_give_up(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    exit(1);
}

_Noreturn void server_skip(const char *what)
{
    const char *ci = getenv("CI");

    printf("skipped: %s\n", what);
    exit(ci && strcmp(ci, "true") == 0 ? 1 : SKIPPED);
}

int64_t server_now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct sockaddr_in server_address(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

void server_draw_ports(int *ports, size_t count)
{
    int files[PORTS_MAX];

    for (size_t i = 0; i < count; i++) {
        struct sockaddr_in address = server_address(0);
        socklen_t size = sizeof address;

        files[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (files[i] < 0 || bind(files[i], (struct sockaddr *)&address, size) ||
            getsockname(files[i], (struct sockaddr *)&address, &size))
            server_give_up("no free port");
        ports[i] = ntohs(address.sin_port);
    }
    for (size_t i = 0; i < count; i++)
        close(files[i]);
}

pid_t server_start(const char *const *words,
                   const char *input,
                   const char *output,
                   void (*prepare)(void *context),
                   void *context)
{
    pid_t parent = getpid();
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child < 0)
        server_give_up("no process");
    if (child == 0) {
        int out = open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
        int in = open(input, O_RDONLY);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || out < 0 || in < 0)
            _exit(1);
        dup2(in, 0);
        dup2(out, 1);
        dup2(out, 2);
        if (prepare)
            prepare(context);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    return child;
}

static bool somebody_listens(int port)
{
    struct sockaddr_in address = server_address(port);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    bool listens =
        file >= 0 && connect(file, (struct sockaddr *)&address, sizeof address) == 0;

    if (file >= 0)
        close(file);
    return listens;
}

bool server_wait(pid_t *child, int port)
{
    int64_t until_ms = server_now_ms() + START_MS;

    while (server_now_ms() < until_ms) {
        if (waitpid(*child, NULL, WNOHANG) != 0) {
            *child = 0;
            return false;
        }
        if (somebody_listens(port))
            return true;
        poll(NULL, 0, LOOK_MS);
    }
    return false;
}

void server_end(pid_t *child, int number)
{
    if (*child <= 0)
        return;
    kill(*child, number);
    while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
        ;
    *child = 0;
}

void server_freeze(pid_t child)
{
    int status = 0;

    kill(child, SIGSTOP);
    while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR)
        ;
}

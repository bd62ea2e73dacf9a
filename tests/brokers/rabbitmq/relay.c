/* relay.c - processes between a transport and its broker. */
#include "brokers/rabbitmq/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDS = 64 };

static int listen_at(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;

    if (file < 0 || setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(file, (struct sockaddr *)&address, size) || listen(file, 16) ||
        getsockname(file, (struct sockaddr *)&address, &size)) {
        perror("relay");
        exit(1);
    }
    *port = ntohs(address.sin_port);
    return file;
}

static int reach(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int file = socket(AF_INET, SOCK_STREAM, 0);

    if (file >= 0 && connect(file, (struct sockaddr *)&address, sizeof address)) {
        close(file);
        return -1;
    }
    return file;
}

/* Whoever reaches the end of its count kills the victim. */
static void count_down(int64_t *left, ssize_t size, pid_t victim)
{
    if (*left <= 0)
        return;
    *left -= size;
    if (*left <= 0)
        kill(victim, SIGKILL);
}

static bool pass_bytes(int from, int to, const struct relay *relay, int64_t *left)
{
    char bytes[4096];
    ssize_t size = recv(from, bytes, sizeof bytes, 0);

    if (size <= 0)
        return false;
    if (!relay->to)
        return relay->answer_size == 0 ||
               send(from, relay->answer, (size_t)relay->answer_size, MSG_NOSIGNAL) > 0;
    for (ssize_t sent = 0; sent < size;) {
        ssize_t part = send(to, bytes + sent, (size_t)(size - sent), MSG_NOSIGNAL);

        if (part <= 0)
            return false;
        sent += part;
    }
    count_down(left, size, relay->victim);
    return true;
}

/* Ends 2n and 2n + 1 belong together, a client's and the broker's; the last entry is the
 * listener. */
static void serve(const struct relay *relay, int listener)
{
    struct pollfd files[ENDS + 1];
    int64_t left[2] = {relay->sent, relay->answered};

    for (size_t i = 0; i <= ENDS; i++)
        files[i] = (struct pollfd){.fd = i == ENDS ? listener : -1, .events = POLLIN};
    while (poll(files, ENDS + 1, -1) > 0) {
        for (size_t i = 0; i < ENDS; i++)
            if (files[i].fd >= 0 && files[i].revents &&
                !pass_bytes(files[i].fd, files[i ^ 1].fd, relay, &left[i & 1])) {
                close(files[i].fd);
                close(files[i ^ 1].fd);
                files[i].fd = files[i ^ 1].fd = -1;
            }
        if (files[ENDS].revents)
            for (size_t i = 0; i < ENDS; i += 2)
                if (files[i].fd < 0) {
                    files[i].fd = accept(listener, NULL, NULL);
                    files[i + 1].fd = relay->to ? reach(relay->to) : -1;
                    break;
                }
    }
}

void relay_mend(struct relay *relay)
{
    int listener = listen_at(&relay->port);

    fflush(NULL);
    relay->process = fork();
    if (relay->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(relay, listener);
        _exit(0);
    }
    close(listener);
}

void relay_cut(struct relay *relay)
{
    if (relay->process <= 0)
        return;
    kill(relay->process, SIGKILL);
    while (waitpid(relay->process, NULL, 0) < 0 && errno == EINTR)
        ;
    relay->process = 0;
}

struct relay relay_start(int to)
{
    struct relay relay = {.to = to};

    relay_mend(&relay);
    return relay;
}

struct relay relay_pretend(const char *answer, int answer_size)
{
    struct relay relay = {.answer = answer, .answer_size = answer_size};

    relay_mend(&relay);
    return relay;
}

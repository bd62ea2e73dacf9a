/* dial.c - reaches a host by TCP. */
#include "rabbitmq/dial.h"
#include "rabbitmq/shown.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PROBE_MS = 500 };

static bool prepare_socket(int file)
{
    int on = 1;

    return fcntl(file, F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(file, F_SETFL, O_NONBLOCK) == 0 &&
           setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0;
}

static int ms_until(const struct jn_rabbit *rabbit, int64_t until_us)
{
    int64_t ms = (until_us - jn_rabbit_now_us(rabbit) + 999) / 1000;

    return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* 0, or why the socket is not connected. */
static int wait_connected(struct jn_rabbit *rabbit, int file, int64_t until_us)
{
    struct pollfd files[] = {{.fd = file, .events = POLLOUT},
                             {.fd = rabbit->woken[0], .events = POLLIN}};
    socklen_t size = sizeof(int);
    int fault = 0;
    int count;

    do
        count = poll(files, 2, ms_until(rabbit, until_us));
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno;
    if (count == 0)
        return ETIMEDOUT;
    if (!files[0].revents)
        return ECANCELED;
    return getsockopt(file, SOL_SOCKET, SO_ERROR, &fault, &size) ? errno : fault;
}

static int connect_address(struct jn_rabbit *rabbit,
                           const struct addrinfo *address,
                           int64_t until_us,
                           int *connected)
{
    int file = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    int fault = 0;

    if (file < 0)
        return errno;
    if (!prepare_socket(file))
        fault = errno;
    else if (connect(file, address->ai_addr, address->ai_addrlen))
        fault = errno == EINPROGRESS ? wait_connected(rabbit, file, until_us) : errno;
    if (fault)
        close(file);
    else
        *connected = file;
    return fault;
}

/* The last address says why. */
static int connect_any(struct jn_rabbit *rabbit,
                       const struct addrinfo *addresses,
                       int64_t until_us,
                       int *file)
{
    int fault = EADDRNOTAVAIL;

    for (; addresses && fault && fault != ECANCELED; addresses = addresses->ai_next)
        fault = connect_address(rabbit, addresses, until_us, file);
    return fault;
}

enum jangle_result jn_rabbit_dial(struct jn_rabbit *rabbit,
                                  const struct jn_rabbit_host *host,
                                  int64_t until_us,
                                  int *file,
                                  struct jangle_error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *addresses = NULL;
    char port[16];
    char reason[128];
    int fault;

    snprintf(port, sizeof port, "%d", host->port);
    fault = getaddrinfo(host->name, port, &hints, &addresses);
    if (fault)
        return jangle_error_set(error, JANGLE_BUSY, "%s: its name has no address: %s",
                                JN_SHOWN(80, host->name), gai_strerror(fault));
    fault = connect_any(rabbit, addresses, until_us, file);
    freeaddrinfo(addresses);
    if (fault == 0)
        return JANGLE_OK;
    if (strerror_r(fault, reason, sizeof reason))
        reason[0] = '\0';
    return jangle_error_set(error, JANGLE_BUSY, "%s:%d: %s", JN_SHOWN(80, host->name),
                            host->port, reason);
}

static const char *told_by(const unsigned char *bytes, ssize_t size)
{
    static const unsigned char alert[] = {0x15, 3};

    if (size < 0)
        return "it accepted the connection and then said nothing";
    if (size >= 2 && memcmp(bytes, alert, sizeof alert) == 0)
        return "it expects TLS: write amqps:// in place of amqp://";
    if (size >= 4 && memcmp(bytes, "HTTP", 4) == 0)
        return "it speaks HTTP: it is a web server, or the broker's management port";
    return "what answers there does not speak AMQP 0-9-1";
}

const char *jn_rabbit_probe(struct jn_rabbit *rabbit, const struct jn_rabbit_host *host)
{
    static const char hello[] = "AMQP\0\0\x09\x01\r\n\r\n";
    unsigned char answer[8];
    int file = -1;
    ssize_t size = -1;

    if (jn_rabbit_dial(rabbit, host, jn_rabbit_after_ms(rabbit, PROBE_MS), &file, NULL))
        return told_by(answer, -1);
    if (send(file, hello, sizeof hello - 1, MSG_NOSIGNAL) > 0) {
        struct pollfd files[] = {{.fd = file, .events = POLLIN}};

        if (poll(files, 1, PROBE_MS) > 0)
            size = recv(file, answer, sizeof answer, 0);
    }
    close(file);
    return told_by(answer, size);
}

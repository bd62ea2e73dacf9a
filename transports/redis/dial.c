/* dial.c - reaches a Redis by TCP or by a Unix socket. */
#include "redis/dial.h"
#include "redis/times.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const char *
jn_redis_dial_address(char *text, size_t size, const struct jn_redis_settings *settings)
{
    if (settings->path)
        jn_text_format(text, size, "%s", settings->path);
    else
        jn_text_format(text, size, "%s:%d", settings->host, settings->port);
    return text;
}

static bool prepare_socket(int file, int family)
{
    int on = 1;

    if (fcntl(file, F_SETFD, FD_CLOEXEC) || fcntl(file, F_SETFL, O_NONBLOCK))
        return false;
    if (family == AF_UNIX)
        return true;
    return setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0;
}

/* 0, or why the socket is not connected. A `wake` ends the wait of a `receive`, which
 * takes it. */
static int wait_connected(struct jn_redis *redis, int file, int64_t until_us)
{
    struct pollfd files[] = {{.fd = file, .events = POLLOUT},
                             {.fd = redis->woken[0], .events = POLLIN}};
    socklen_t size = sizeof(int);
    int fault = 0;
    int count;

    do
        count =
            poll(files, redis->receives ? 2 : 1, jn_redis_times_left_ms(redis, until_us));
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno;
    if (count == 0)
        return ETIMEDOUT;
    if (!files[0].revents)
        return ECANCELED;
    return getsockopt(file, SOL_SOCKET, SO_ERROR, &fault, &size) ? errno : fault;
}

static int connect_to(struct jn_redis *redis,
                      const struct sockaddr *address,
                      socklen_t size,
                      int64_t until_us,
                      int *connected)
{
    int file = socket(address->sa_family, SOCK_STREAM, 0);
    int fault = 0;

    if (file < 0)
        return errno;
    if (!prepare_socket(file, address->sa_family))
        fault = errno;
    else if (connect(file, address, size))
        fault = errno == EINPROGRESS ? wait_connected(redis, file, until_us) : errno;
    if (fault)
        close(file);
    else
        *connected = file;
    return fault;
}

static enum jangle_result report(int fault, struct jangle_error *error)
{
    char reason[128];

    if (fault == 0)
        return JANGLE_OK;
    if (strerror_r(fault, reason, sizeof reason))
        reason[0] = '\0';
    return jangle_error_set(error, JANGLE_BUSY, "Redis is away: %s", reason);
}

static enum jangle_result
dial_path(struct jn_redis *redis, int64_t until_us, int *file, struct jangle_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    jn_text_copy(address.sun_path, sizeof address.sun_path, redis->settings.path);
    return report(connect_to(redis, (const struct sockaddr *)&address, sizeof address,
                             until_us, file),
                  error);
}

/* The last address says why. */
static enum jangle_result
dial_host(struct jn_redis *redis, int64_t until_us, int *file, struct jangle_error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *addresses = NULL, *each;
    int fault = EADDRNOTAVAIL;
    char port[16];
    int status;

    snprintf(port, sizeof port, "%d", redis->settings.port);
    status = getaddrinfo(redis->settings.host, port, &hints, &addresses);
    if (status)
        return jangle_error_set(error, JANGLE_BUSY,
                                "Redis is away: its name has no address: %s",
                                gai_strerror(status));
    for (each = addresses; each && fault && fault != ECANCELED; each = each->ai_next)
        fault = connect_to(redis, each->ai_addr, each->ai_addrlen, until_us, file);
    freeaddrinfo(addresses);
    return report(fault, error);
}

enum jangle_result jn_redis_dial(struct jn_redis *redis,
                                 int64_t until_us,
                                 int *file,
                                 struct jangle_error *error)
{
    return redis->settings.path ? dial_path(redis, until_us, file, error)
                                : dial_host(redis, until_us, file, error);
}

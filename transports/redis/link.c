/* link.c - a socket to Redis: commands go out, and replies come in. */
#include "redis/link.h"
#include "redis/times.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A `receive` that was woken waits only so long for an answer that is under way. */
enum { CHUNK = 16 << 10, WOKEN_MS = 200 };

enum jangle_result
jn_redis_link_open(struct jn_redis_link *link, int file, struct jangle_error *error)
{
    *link = (struct jn_redis_link){.file = file, .reader = redisReaderCreate()};
    if (link->reader)
        return JANGLE_OK;
    jn_redis_link_close(link);
    return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a connection");
}

void jn_redis_link_close(struct jn_redis_link *link)
{
    if (link->file >= 0)
        close(link->file);
    if (link->reader)
        redisReaderFree(link->reader);
    *link = (struct jn_redis_link){.file = -1};
}

/* Between two commands nothing is to be read but the end. */
bool jn_redis_link_is_open(struct jn_redis_link *link)
{
    char byte;
    ssize_t size;

    if (link->file < 0)
        return false;
    size = recv(link->file, &byte, 1, MSG_PEEK);
    if (link->waits ? size != 0 : size < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    jn_redis_link_close(link);
    return false;
}

static enum jangle_result
broke(struct jn_redis_link *link, int fault, struct jangle_error *error)
{
    char reason[128];

    jn_redis_link_close(link);
    if (fault == 0)
        return jangle_error_set(error, JANGLE_BUSY, "Redis has closed the connection");
    if (strerror_r(fault, reason, sizeof reason))
        reason[0] = '\0';
    return jangle_error_set(error, JANGLE_BUSY, "the connection to Redis broke: %s",
                            reason);
}

/* Wait until the socket is ready. False: the time is over. */
static bool
wait_for(const struct jn_redis *redis, int file, short events, int64_t until_us)
{
    struct pollfd files[] = {{.fd = file, .events = events},
                             {.fd = redis->woken[0], .events = POLLIN}};
    int left_ms = jn_redis_times_left_ms(redis, until_us);
    int ready = left_ms > 0 ? poll(files, redis->receives ? 2 : 1, left_ms) : 0;

    if (ready == 0)
        return false;
    if (ready < 0 || files[0].revents) /* a signal came: it is tried again */
        return true;
    return poll(files, 1, WOKEN_MS) != 0;
}

/* ---- sending --------------------------------------------------------------------- */

/* MSG_NOSIGNAL, because a Redis that has gone must not end the program by SIGPIPE. */
enum jangle_result jn_redis_link_send(struct jn_redis *redis,
                                      struct jn_redis_link *link,
                                      struct jn_redis_request *request,
                                      int64_t until_us,
                                      struct jangle_error *error)
{
    size_t left = 0;
    const char *bytes = jn_redis_request_bytes(request, &left);

    if (!bytes)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a command");
    while (left) {
        ssize_t sent = send(link->file, bytes, left, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return broke(link, errno, error);
        if (sent < 0 && !wait_for(redis, link->file, POLLOUT, until_us)) {
            jn_redis_link_close(link);
            return jangle_error_set(error, JANGLE_BUSY,
                                    "Redis does not read what is sent to it");
        }
        if (sent > 0) {
            bytes += sent;
            left -= (size_t)sent;
        }
    }
    return JANGLE_OK;
}

/* ---- reading --------------------------------------------------------------------- */

/* A reply that is complete; NULL: more bytes are needed. */
static enum jangle_result
parse(struct jn_redis_link *link, redisReply **reply, struct jangle_error *error)
{
    void *parsed = NULL;

    if (redisReaderGetReply(link->reader, &parsed) == REDIS_OK) {
        *reply = parsed;
        return JANGLE_OK;
    }
    jn_redis_link_close(link);
    return jangle_error_set(error, JANGLE_BUSY,
                            "what answers there does not speak the protocol of Redis");
}

static enum jangle_result feed(struct jn_redis_link *link,
                               ssize_t size,
                               const char *bytes,
                               struct jangle_error *error)
{
    if (size <= 0)
        return broke(link, size ? errno : 0, error);
    if (redisReaderFeed(link->reader, bytes, (size_t)size) == REDIS_OK)
        return JANGLE_OK;
    jn_redis_link_close(link);
    return jangle_error_set(error, JANGLE_BUSY, "no memory for a reply of Redis");
}

enum jangle_result jn_redis_link_read(struct jn_redis *redis,
                                      struct jn_redis_link *link,
                                      int64_t until_us,
                                      redisReply **reply,
                                      struct jangle_error *error)
{
    char bytes[CHUNK];

    *reply = NULL;
    for (;;) {
        enum jangle_result result = parse(link, reply, error);
        ssize_t size;

        if (result || *reply)
            return result;
        size = recv(link->file, bytes, sizeof bytes, 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(redis, link->file, POLLIN, until_us))
                return jangle_error_set(error, JANGLE_TIMEOUT,
                                        "Redis did not answer in time");
            continue;
        }
        result = feed(link, size, bytes, error);
        if (result)
            return result;
    }
}

enum jangle_result jn_redis_link_call(struct jn_redis *redis,
                                      struct jn_redis_link *link,
                                      struct jn_redis_request *request,
                                      int64_t until_us,
                                      redisReply **reply,
                                      struct jangle_error *error)
{
    enum jangle_result result = jn_redis_link_send(redis, link, request, until_us, error);

    *reply = NULL;
    if (result)
        return result;
    result = jn_redis_link_read(redis, link, until_us, reply, error);
    if (!result)
        return JANGLE_OK;
    jn_redis_link_close(link);
    if (error)
        error->result = JANGLE_TIMEOUT;
    return JANGLE_TIMEOUT;
}

/* shown.c - texts of the broker for people, and times for librabbitmq. */
#include "rabbitmq/shown.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

const char *jn_rabbit_shown(char *buffer, size_t size, amqp_bytes_t bytes)
{
    char text[256];
    size_t length = bytes.len < sizeof text ? bytes.len : sizeof text - 1;

    if (length)
        memcpy(text, bytes.bytes, length);
    text[length] = '\0';
    return jn_text_show(buffer, size, text);
}

int64_t jn_rabbit_now_us(const struct jn_rabbit *rabbit)
{
    const struct jangle_clock *clock = &rabbit->host->clock;

    return clock->monotonic_us ? clock->monotonic_us(clock->context) : jn_monotonic_us();
}

int64_t jn_rabbit_after_ms(const struct jn_rabbit *rabbit, int64_t ms)
{
    int64_t longest = INT64_C(366) * 86400 * 1000;

    return jn_rabbit_now_us(rabbit) + (ms < 0         ? 0
                                       : ms > longest ? longest
                                                      : ms) *
                                          INT64_C(1000);
}

struct timeval jn_rabbit_time_until(const struct jn_rabbit *rabbit, int64_t until_us)
{
    int64_t us = until_us - jn_rabbit_now_us(rabbit);

    if (us < 1000)
        us = 1000;
    return (struct timeval){.tv_sec = (time_t)(us / 1000000),
                            .tv_usec = (suseconds_t)(us % 1000000)};
}

void jn_rabbit_limit_writes(int file, const struct timeval *time)
{
#ifdef TCP_USER_TIMEOUT
    int64_t all_ms = (int64_t)time->tv_sec * 1000 + time->tv_usec / 1000;
    unsigned ms = all_ms < INT32_MAX ? (unsigned)all_ms : INT32_MAX;

    if (setsockopt(file, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms))
        return; /* then writes end with the heartbeat */
#else
    (void)file;
    (void)time;
#endif
}

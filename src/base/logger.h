/* logger.h - the lines that jangle logs, each under a topic. A line of a silent topic is
 * not even made. */
#ifndef JN_LOGGER_H
#define JN_LOGGER_H

#include <jangle/log.h>
#include <jangle/plugin/clock.h>

#include <stdarg.h>

enum {
#define X(name, level, text) +1
    JN_TOPIC_COUNT = 0 JANGLE_LOG_TOPICS(X)
#undef X
};

struct jn_log {
    struct jangle_logger logger;
    struct jangle_clock clock;
    enum jangle_level levels[JN_TOPIC_COUNT]; /* OFF: silent */
    enum jangle_level limit; /* of the topic USER: lines below it are dropped */
};

/* A topic that is DEBUG by default is silent until `levels` names it. `levels` may be
 * NULL; INVALID names a topic or level that does not exist. */
enum jangle_result jn_log_init(struct jn_log *log,
                               const struct jangle_logger *logger,
                               const struct jangle_clock *clock,
                               const struct jangle_log_levels *levels,
                               struct jangle_error *error);

static inline const char *jn_log_text(const char *text)
{
    return text ? text : "";
}

/* Pairs for JN_LOG. The id of an aggregate, which a command has as its first member, is
 * the only member of a message that is logged. All other members stay out of the log,
 * because they may be secret. */
#define JN_TEXT(name, text)                                                              \
    {                                                                                    \
        name, jn_log_text(text), 0                                                       \
    }
#define JN_NUMBER(name, number)                                                          \
    {                                                                                    \
        name, NULL, number                                                               \
    }
#define JN_PAIRS(...)                                                                    \
    (const struct jangle_log_pair[]){__VA_ARGS__},                                       \
        sizeof((const struct jangle_log_pair[]){__VA_ARGS__}) /                          \
            sizeof(struct jangle_log_pair)

/* JN_LOG(&jangle->log, EVENT_RETRIED, JN_PAIRS(JN_TEXT("subscriber", name),
 *        JN_NUMBER("position", position)), "%s", error.message); */
#define JN_LOG(log, topic, ...)                                                          \
    do {                                                                                 \
        if (jn_log_wants(log, JANGLE_LOG_##topic))                                       \
            jn_log_write(log, JANGLE_LOG_##topic, __VA_ARGS__);                          \
    } while (0)

/* The same for a store call that failed. STORE_BUSY is no error: such a call is made
 * again. */
#define JN_LOG_STORE(log, result, ...)                                                   \
    do {                                                                                 \
        enum jangle_log_topic topic_ = jn_log_store_topic(result);                       \
        if (jn_log_wants(log, topic_))                                                   \
            jn_log_write(log, topic_, __VA_ARGS__);                                      \
    } while (0)

/* Is it a failure that passes by itself? Another process writes, or the instance is
 * closing. */
static inline bool jn_log_is_put_off(enum jangle_result result)
{
    return result == JANGLE_BUSY || result == JANGLE_CLOSED;
}

static inline enum jangle_log_topic jn_log_store_topic(enum jangle_result result)
{
    return jn_log_is_put_off(result) ? JANGLE_LOG_STORE_BUSY : JANGLE_LOG_STORE_FAILED;
}

static inline bool jn_log_wants(const struct jn_log *log, enum jangle_log_topic topic)
{
    return log->levels[topic] != JANGLE_LEVEL_OFF;
}

void jn_log_write(const struct jn_log *log,
                  enum jangle_log_topic topic,
                  const struct jangle_log_pair *pairs,
                  size_t pair_count,
                  const char *format,
                  ...) JANGLE_PRINTF(5, 6);

/* The logger that backends get. Their topics are known by name, and logged at the levels
 * of this log; a topic that jangle does not have keeps its level. The log must
 * not move. */
struct jangle_logger jn_log_for_backends(struct jn_log *log);

/* A line of USER, for jangle_log: dropped if its level is below the limit. */
void jn_log_say(const struct jn_log *log,
                enum jangle_level level,
                const char *format,
                va_list values);

#endif

/* logger.c - lines for people and lines for machines, each one write. */
#include "base/logger.h"

#include "base/error.h"
#include "base/table.h"

#include <jangle/plugin/support.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A line fits in PIPE_BUF, so that lines of several processes do not mix in a pipe. What
 * is too long is cut with "..."; pairs that find no room are left out. */
enum { LINE_SIZE = 4096, MESSAGE_WIDTH = 2048, VALUE_WIDTH = 256 };

static const struct {
    const char *name;
    enum jangle_level level;
} topics[] = {
#define X(name, level, text) {#name, JANGLE_LEVEL_##level},
    JANGLE_LOG_TOPICS(X)
#undef X
};

static const char *const level_names[] = {"DEFAULT", "OFF",  "ERROR",
                                          "WARNING", "INFO", "DEBUG"};

static bool is_level(enum jangle_level level)
{
    return (size_t)level < sizeof level_names / sizeof *level_names;
}

/* ---- a line ------------------------------------------------------------------ */

static const char LINE_END[] = "}\n";

struct line {
    char text[LINE_SIZE];
    size_t used;
    bool full; /* something found no room */
};

static void line_put(struct line *line, const char *text)
{
    size_t size = strlen(text);

    line->full = line->full || size > LINE_SIZE - sizeof LINE_END - line->used;
    if (line->full)
        return;
    memcpy(line->text + line->used, text, size);
    line->used += size;
}

static void line_put_text(struct line *line,
                          const char *text,
                          size_t width,
                          enum jn_sentence_style style)
{
    char shown[MESSAGE_WIDTH + 1];
    struct jn_sentence sentence = jn_sentence_in(shown, width + 1);

    sentence.style = style;
    jn_sentence_put(&sentence, text);
    line_put(line, shown);
}

static void line_put_quoted(struct line *line,
                            const char *text,
                            size_t width,
                            enum jn_sentence_style style)
{
    line_put(line, "\"");
    line_put_text(line, text, width, style);
    line_put(line, "\"");
}

static void line_put_number(struct line *line, int64_t number)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRId64, number);
    line_put(line, digits);
}

static void line_put_time(struct line *line, jangle_time at)
{
    int64_t us = at.us % 1000000;
    time_t seconds = (time_t)(at.us / 1000000 - (us < 0));
    char text[64], fraction[16];
    struct tm parts;

    if (!gmtime_r(&seconds, &parts) ||
        !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts)) {
        line_put_number(line, at.us);
        return;
    }
    snprintf(fraction, sizeof fraction, ".%06dZ", (int)(us < 0 ? us + 1000000 : us));
    line_put(line, text);
    line_put(line, fraction);
}

/* As many pairs as find room: the first that does not is left out, and so are all after
 * it. */
static void
line_put_pairs(struct line *line, const struct jangle_log_entry *entry, bool json)
{
    for (size_t at = 0; at < entry->pair_count && !line->full; at++) {
        const struct jangle_log_pair *pair = &entry->pairs[at];
        size_t before = line->used;

        if (json) {
            line_put(line, ",");
            line_put_quoted(line, pair->name, VALUE_WIDTH, JN_SENTENCE_JSON);
            line_put(line, ":");
        } else {
            line_put(line, " ");
            line_put_text(line, pair->name, VALUE_WIDTH, JN_SENTENCE_PLAIN);
            line_put(line, "=");
        }
        if (pair->text)
            line_put_quoted(line, pair->text, VALUE_WIDTH,
                            json ? JN_SENTENCE_JSON : JN_SENTENCE_QUOTED);
        else
            line_put_number(line, pair->number);
        if (line->full)
            line->used = before;
    }
}

/* Write past the buffer of the file: the buffer would keep what a pipe does not take, and
 * try it again when the program ends. A file without a descriptor is one in memory. */
static void write_to_file(FILE *file, const char *bytes, size_t size)
{
    int descriptor = fileno(file);

    fflush(file); /* what its owner wrote before */
    if (descriptor < 0) {
        fwrite(bytes, 1, size, file);
        fflush(file);
        return;
    }
    while (size) {
        ssize_t written = write(descriptor, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        bytes += written;
        size -= (size_t)written;
    }
}

/* A pipe whose reader is gone raises SIGPIPE, which ends a program that has no handler
 * for it. So the signal is blocked around the write, and one that the write raised is
 * taken. A SIGPIPE that was pending before belongs to the program, and stays pending. */
static void write_line(FILE *file, struct line *line, const char *end)
{
    static const struct timespec at_once = {0, 0};
    sigset_t broken_pipe, before, waiting;
    int error = errno;
    bool ours;

    memcpy(line->text + line->used, end, strlen(end));
    line->used += strlen(end);
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    sigemptyset(&waiting);
    sigpending(&waiting);
    ours = sigismember(&waiting, SIGPIPE) == 0;
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    flockfile(file);
    write_to_file(file, line->text, line->used);
    funlockfile(file);
    while (ours && sigtimedwait(&broken_pipe, NULL, &at_once) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
}

/* ---- loggers ----------------------------------------------------------------- */

/* 2026-11-21T10:00:00.000000Z WARNING EVENT_RETRIED no such table position=5 */
static void write_text(void *context, const struct jangle_log_entry *entry)
{
    struct line line = {.used = 0};

    line_put_time(&line, entry->at);
    line_put(&line, " ");
    line_put(&line, is_level(entry->level) ? level_names[entry->level] : "?");
    line_put(&line, " ");
    line_put_text(&line, entry->topic, VALUE_WIDTH, JN_SENTENCE_PLAIN);
    line_put(&line, " ");
    line_put_text(&line, entry->message, MESSAGE_WIDTH, JN_SENTENCE_PLAIN);
    line_put_pairs(&line, entry, false);
    write_line(context, &line, "\n");
}

static void write_json(void *context, const struct jangle_log_entry *entry)
{
    struct line line = {.used = 0};

    line_put(&line, "{\"at\":\"");
    line_put_time(&line, entry->at);
    line_put(&line, "\",\"level\":\"");
    line_put(&line, is_level(entry->level) ? level_names[entry->level] : "?");
    line_put(&line, "\",\"topic\":");
    line_put_quoted(&line, entry->topic, VALUE_WIDTH, JN_SENTENCE_JSON);
    line_put(&line, ",\"message\":");
    line_put_quoted(&line, entry->message, MESSAGE_WIDTH, JN_SENTENCE_JSON);
    line_put_pairs(&line, entry, true);
    write_line(context, &line, LINE_END);
}

static void write_nothing(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    (void)entry;
}

struct jangle_logger jangle_logger_text(FILE *file)
{
    assert(file);
    return (struct jangle_logger){.write = write_text, .context = file};
}

struct jangle_logger jangle_logger_json(FILE *file)
{
    assert(file);
    return (struct jangle_logger){.write = write_json, .context = file};
}

struct jangle_logger jangle_logger_none(void)
{
    return (struct jangle_logger){.write = write_nothing};
}

/* ---- the engine's side ------------------------------------------------------- */

/* One row of config.log_levels. */
static enum jangle_result set_level(struct jn_log *log,
                                    const struct jangle_log_level *asked,
                                    size_t index,
                                    struct jangle_error *error)
{
    if ((size_t)asked->topic >= JN_TOPIC_COUNT)
        return jn_fail(error, JANGLE_INVALID,
                       "config.log_levels[%zu]: there is no topic %d", index,
                       (int)asked->topic);
    if (!is_level(asked->level))
        return jn_fail(
            error, JANGLE_INVALID,
            "config.log_levels[%zu]: %s has the level %d, which does not exist", index,
            topics[asked->topic].name, (int)asked->level);
    if (asked->level != JANGLE_LEVEL_DEFAULT)
        log->levels[asked->topic] = asked->level;
    return JANGLE_OK;
}

enum jangle_result jn_log_init(struct jn_log *log,
                               const struct jangle_logger *logger,
                               const struct jangle_clock *clock,
                               const struct jangle_log_levels *levels,
                               struct jangle_error *error)
{
    struct jangle_log_levels asked = levels ? *levels : (struct jangle_log_levels){0};
    enum jangle_result result =
        jn_table_check("config", "log_levels", asked.items, asked.count, error);

    *log = (struct jn_log){.logger = *logger, .clock = *clock};
    if (!logger->write)
        log->logger = jangle_logger_text(stderr);
    for (size_t topic = 0; topic < JN_TOPIC_COUNT; topic++)
        log->levels[topic] = topics[topic].level == JANGLE_LEVEL_DEBUG
                                 ? JANGLE_LEVEL_OFF
                                 : topics[topic].level;
    for (size_t i = 0; !result && i < asked.count; i++)
        result = set_level(log, &asked.items[i], i, error);
    log->limit = log->levels[JANGLE_LOG_USER];
    return result;
}

/* The logger gets a whole sentence, made harmless; it is called under no lock. */
static void write_entry(const struct jn_log *log,
                        struct jangle_log_entry *entry,
                        const char *format,
                        va_list values)
{
    char message[JN_SENTENCE_MAX_SIZE];
    struct jn_sentence sentence = jn_sentence_in(message, sizeof message);

    jn_sentence_add_values(&sentence, format, values);
    entry->message = message;
    entry->at = log->clock.now(log->clock.context);
    log->logger.write(log->logger.context, entry);
}

void jn_log_write(const struct jn_log *log,
                  enum jangle_log_topic topic,
                  const struct jangle_log_pair *pairs,
                  size_t pair_count,
                  const char *format,
                  ...)
{
    struct jangle_log_entry entry = {.level = log->levels[topic],
                                     .topic = topics[topic].name,
                                     .pairs = pairs,
                                     .pair_count = pair_count};
    va_list values;

    va_start(values, format);
    write_entry(log, &entry, format, values);
    va_end(values);
}

void jn_log_say(const struct jn_log *log,
                enum jangle_level level,
                const char *format,
                va_list values)
{
    struct jangle_log_entry entry = {.level = level,
                                     .topic = topics[JANGLE_LOG_USER].name};

    if (level == JANGLE_LEVEL_DEFAULT)
        entry.level = topics[JANGLE_LOG_USER].level;
    if (level == JANGLE_LEVEL_OFF || entry.level > log->limit)
        return;
    write_entry(log, &entry, format, values);
}

/* ---- what backends are handed ------------------------------------------------ */

static void write_for_backend(void *context, const struct jangle_log_entry *entry)
{
    const struct jn_log *log = context;
    struct jangle_log_entry levelled = *entry;

    for (size_t topic = 0; topic < JN_TOPIC_COUNT; topic++) {
        if (strcmp(topics[topic].name, entry->topic) == 0)
            levelled.level = log->levels[topic];
    }
    if (levelled.level != JANGLE_LEVEL_OFF)
        log->logger.write(log->logger.context, &levelled);
}

struct jangle_logger jn_log_for_backends(struct jn_log *log)
{
    return (struct jangle_logger){.write = write_for_backend, .context = log};
}

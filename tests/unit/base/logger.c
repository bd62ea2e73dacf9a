/* logger.c - lines for people and for machines: whole, one write each, or not at all. */
#include "base/logger.h"

#include "base/host.h"
#include "support/test.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_MAX_SIZE = 4096, THREAD_COUNT = 8, LINES_A_THREAD = 500 };

/* A socket that keeps writes apart: what comes out at once went in at once. */
struct fixture {
    FILE *file;
    int reader;
    char line[2 * LINE_MAX_SIZE];
    size_t size;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    int sockets[2];

    if (!fixture || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets))
        return -1;
    fixture->reader = sockets[0];
    fixture->file = fdopen(sockets[1], "w");
    *state = fixture;
    return fixture->file ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    fclose(fixture->file);
    close(fixture->reader);
    free(fixture);
    return 0;
}

/* The next write, which is one line and its end. */
static const char *next_line(struct fixture *fixture)
{
    ssize_t size =
        recv(fixture->reader, fixture->line, sizeof fixture->line - 1, MSG_DONTWAIT);

    assert_true(size > 0);
    assert_true(size <= LINE_MAX_SIZE);
    fixture->size = (size_t)size - 1;
    assert_int_equal(fixture->line[size - 1], '\n');
    assert_null(memchr(fixture->line, '\n', fixture->size));
    fixture->line[fixture->size] = '\0';
    return fixture->line;
}

static void check_nothing_more(struct fixture *fixture)
{
    assert_int_equal(recv(fixture->reader, fixture->line, 1, MSG_DONTWAIT), -1);
}

static struct jangle_log_entry entry_of(const char *message)
{
    return (struct jangle_log_entry){.at.us = 1795255200000042,
                                     .level = JANGLE_LEVEL_WARNING,
                                     .topic = "EVENT_RETRIED",
                                     .message = message};
}

static void write_entry(struct jangle_logger logger, const struct jangle_log_entry *entry)
{
    logger.write(logger.context, entry);
}

static json_t *next_object(struct fixture *fixture)
{
    json_error_t error;
    json_t *object = json_loads(next_line(fixture), JSON_REJECT_DUPLICATES, &error);

    if (!object)
        fail_msg("%s: %s", error.text, fixture->line);
    assert_true(json_is_object(object));
    return object;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

/* ---- text -------------------------------------------------------------------- */

static void a_line_for_people_has_time_level_topic_message_and_pairs(void **state)
{
    struct fixture *fixture = *state;
    const struct jangle_log_pair pairs[] = {JN_TEXT("subscriber", "ledger"),
                                            JN_NUMBER("position", -42),
                                            JN_TEXT("stream", "a \"b\\\n")};
    struct jangle_log_entry entry = entry_of("no \"such\" table");

    entry.pairs = pairs;
    entry.pair_count = 3;
    write_entry(jangle_logger_text(fixture->file), &entry);
    assert_string_equal(
        next_line(fixture),
        "2026-11-21T10:00:00.000042Z WARNING EVENT_RETRIED no \"such\" table "
        "subscriber=\"ledger\" position=-42 stream=\"a \\\"b\\\\\\x0a\"");
    check_nothing_more(fixture);
}

static void nothing_in_a_message_begins_a_line_or_moves_the_cursor(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_log_entry entry = entry_of("a\r\n2026 ERROR forged\x1b[2J\xff");

    write_entry(jangle_logger_text(fixture->file), &entry);
    assert_non_null(
        strstr(next_line(fixture), " a\\x0d\\x0a2026 ERROR forged\\x1b[2J\\xff"));
    check_nothing_more(fixture);
}

static void times_before_1970_and_far_ahead_are_written(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {{0, "1970-01-01T00:00:00.000000Z "},
                {-1, "1969-12-31T23:59:59.999999Z "},
                {-1000000, "1969-12-31T23:59:59.000000Z "},
                {951782400000000, "2000-02-29T00:00:00.000000Z "},
                {INT64_MAX, "294247-01-10T04:00:54.775807Z "},
                {INT64_MIN, "-290308-12-21T19:59:05.224192Z "}};
    struct fixture *fixture = *state;

    for (size_t at = 0; at < sizeof rows / sizeof *rows; at++) {
        struct jangle_log_entry entry = entry_of("");

        entry.at.us = rows[at].us;
        write_entry(jangle_logger_text(fixture->file), &entry);
        next_line(fixture);
        fixture->line[strlen(rows[at].text)] = '\0';
        assert_string_equal(fixture->line, rows[at].text);
    }
}

/* ---- JSON -------------------------------------------------------------------- */

static void a_line_for_machines_is_an_object(void **state)
{
    struct fixture *fixture = *state;
    const struct jangle_log_pair pairs[] = {JN_TEXT("subscriber", "ledger"),
                                            JN_NUMBER("position", INT64_MIN)};
    struct jangle_log_entry entry = entry_of("no such table");
    json_t *object;

    entry.pairs = pairs;
    entry.pair_count = 2;
    write_entry(jangle_logger_json(fixture->file), &entry);
    object = next_object(fixture);
    assert_int_equal(json_object_size(object), 6);
    assert_string_equal(text_of(object, "at"), "2026-11-21T10:00:00.000042Z");
    assert_string_equal(text_of(object, "level"), "WARNING");
    assert_string_equal(text_of(object, "topic"), "EVENT_RETRIED");
    assert_string_equal(text_of(object, "message"), "no such table");
    assert_string_equal(text_of(object, "subscriber"), "ledger");
    assert_true(json_integer_value(json_object_get(object, "position")) == INT64_MIN);
    json_decref(object);
}

static void every_text_comes_back_from_json_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    char text[200] = "\"\\/ Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80 \x7f";
    struct jangle_log_entry entry;
    json_t *object;

    for (int control = 1; control < 0x20; control++)
        snprintf(text + strlen(text), 2, "%c", control);
    entry = entry_of(text);
    entry.pairs = (const struct jangle_log_pair[]){JN_TEXT("text", text)};
    entry.pair_count = 1;
    write_entry(jangle_logger_json(fixture->file), &entry);
    object = next_object(fixture);
    assert_string_equal(text_of(object, "message"), text);
    assert_string_equal(text_of(object, "text"), text);
    json_decref(object);
}

/* A terminal shows the lines as they are written, whoever reads them later. */
static void no_character_of_a_line_for_machines_steers_a_terminal(void **state)
{
    static const char text[] =
        "\x1b \x7f \xc2\x9b \xe2\x80\xa8 \xe2\x80\xae \xe2\x81\xa9 "
        "\xd8\x9c \xc3\xbc";
    struct fixture *fixture = *state;
    const struct jangle_log_pair pairs[] = {JN_TEXT("id", text)};
    struct jangle_log_entry entry = entry_of(text);
    const char *line;
    json_t *object;

    entry.pairs = pairs;
    entry.pair_count = 1;
    write_entry(jangle_logger_json(fixture->file), &entry);
    object = next_object(fixture);
    assert_string_equal(text_of(object, "message"), text);
    assert_string_equal(text_of(object, "id"), text);
    json_decref(object);
    line = fixture->line;
    for (const char *at = text; *at; at += strcspn(at, " ") + 1) {
        char character[5] = "";

        memcpy(character, at, strcspn(at, " "));
        if (!at[strcspn(at, " ")]) { /* the last one harms nobody */
            assert_non_null(strstr(line, character));
            break;
        }
        assert_null(strstr(line, character));
    }
}

static void bytes_that_are_no_text_do_not_spoil_the_json(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_log_entry entry = entry_of("a\xff|\xed\xa0\x80|\xc3");
    json_t *object;

    write_entry(jangle_logger_json(fixture->file), &entry);
    object = next_object(fixture);
    assert_string_equal(
        text_of(object, "message"),
        "a\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd");
    json_decref(object);
}

/* ---- limits ------------------------------------------------------------------ */

/* Of every width, so that every cut falls somewhere. */
static void a_line_that_is_too_long_is_cut_and_stays_one_write(void **state)
{
    static const char *const units[] = {"x", "\xe2\x82\xac", "\x01", "\"", "\xff"};
    struct fixture *fixture = *state;
    char text[6000];
    struct jangle_log_pair pairs[64];

    for (size_t unit = 0; unit < sizeof units / sizeof *units; unit++)
        for (size_t count = 60; count < 1900; count += 7) {
            struct jangle_log_entry entry = entry_of(text);
            json_t *object;

            text[0] = '\0';
            for (size_t at = 0; at < count; at++)
                memcpy(text + at * strlen(units[unit]), units[unit],
                       strlen(units[unit]) + 1);
            for (size_t at = 0; at < 64; at++)
                pairs[at] = (struct jangle_log_pair)JN_TEXT(
                    text + strlen(text) - 3 + at % 3, text);
            entry.pairs = pairs;
            entry.pair_count = count % 64;
            write_entry(jangle_logger_text(fixture->file), &entry);
            next_line(fixture);
            write_entry(jangle_logger_json(fixture->file), &entry);
            object = json_loads(next_line(fixture), 0, NULL);
            assert_true(json_is_object(object));
            json_decref(object);
            check_nothing_more(fixture);
        }
}

static void a_cut_message_ends_with_dots_and_pairs_that_fit_are_kept(void **state)
{
    struct fixture *fixture = *state;
    char text[4000] = "";
    struct jangle_log_entry entry = entry_of(text);
    json_t *object;

    memset(text, 'y', sizeof text - 1);
    entry.pairs =
        (const struct jangle_log_pair[]){JN_TEXT("long", text), JN_NUMBER("position", 5)};
    entry.pair_count = 2;
    write_entry(jangle_logger_json(fixture->file), &entry);
    object = next_object(fixture);
    assert_string_equal(text_of(object, "message") + 2045, "...");
    assert_string_equal(text_of(object, "long") + 253, "...");
    assert_int_equal(json_integer_value(json_object_get(object, "position")), 5);
    json_decref(object);
}

static void a_pair_that_does_not_fit_is_left_out_whole(void **state)
{
    struct fixture *fixture = *state;
    char text[251], names[20][2] = {{0}};
    struct jangle_log_pair pairs[20];
    struct jangle_log_entry entry = entry_of("m");
    json_t *object, *value;
    const char *name;

    memset(text, 'z', 250);
    text[250] = '\0';
    for (int at = 0; at < 20; at++) {
        names[at][0] = (char)('a' + at);
        pairs[at] = (struct jangle_log_pair)JN_TEXT(names[at], text);
    }
    entry.pairs = pairs;
    entry.pair_count = 20;
    write_entry(jangle_logger_json(fixture->file), &entry);
    object = next_object(fixture);
    assert_in_range(json_object_size(object), 4 + 14, 4 + 16);
    json_object_foreach(object, name, value) if (strlen(name) == 1)
        assert_string_equal(json_string_value(value), text);
    json_decref(object);
}

/* ---- topics and levels ------------------------------------------------------- */

struct heard {
    int lines;
    enum jangle_level level;
    char topic[40], message[2000];
    size_t pairs;
};

static void hear(void *context, const struct jangle_log_entry *entry)
{
    struct heard *heard = context;

    heard->lines++;
    heard->level = entry->level;
    heard->pairs = entry->pair_count;
    snprintf(heard->topic, sizeof heard->topic, "%s", entry->topic);
    snprintf(heard->message, sizeof heard->message, "%s", entry->message);
}

static struct jn_log open_log(struct heard *heard, const struct jangle_log_levels *levels)
{
    const struct jangle_logger logger = {.write = hear, .context = heard};
    struct jn_log log;

    *heard = (struct heard){0};
    assert_result(jn_log_init(&log, &logger, &jn_clock_system, levels, NULL), JANGLE_OK);
    return log;
}

static void a_line_carries_its_topic_and_level(void **state)
{
    struct heard heard;
    struct jn_log log = open_log(&heard, NULL);

    (void)state;
    JN_LOG(&log, EVENT_RETRIED, JN_PAIRS(JN_TEXT("subscriber", NULL), JN_NUMBER("n", 1)),
           "attempt %d of %s", 3, "ten");
    assert_int_equal(heard.lines, 1);
    assert_int_equal(heard.level, JANGLE_LEVEL_WARNING);
    assert_string_equal(heard.topic, "EVENT_RETRIED");
    assert_string_equal(heard.message, "attempt 3 of ten");
    assert_int_equal(heard.pairs, 2);
}

static void what_is_for_debugging_is_silent_until_it_is_asked_for(void **state)
{
    const struct jangle_log_levels asked =
        JANGLE_LOG_LEVELS({JANGLE_LOG_EVENT_COMMITTED, JANGLE_LEVEL_DEBUG});
    const struct jangle_log_levels raised =
        JANGLE_LOG_LEVELS({JANGLE_LOG_EVENT_COMMITTED, JANGLE_LEVEL_ERROR});
    struct heard heard;
    struct jn_log log = open_log(&heard, NULL);

    (void)state;
    assert_false(jn_log_wants(&log, JANGLE_LOG_EVENT_COMMITTED));
    assert_true(jn_log_wants(&log, JANGLE_LOG_OPENED));
    assert_true(jn_log_wants(&log, JANGLE_LOG_COMMAND_REJECTED));
    log = open_log(&heard, &asked);
    JN_LOG(&log, EVENT_COMMITTED, JN_PAIRS(JN_NUMBER("position", 1)), "stored");
    assert_int_equal(heard.level, JANGLE_LEVEL_DEBUG);
    assert_false(jn_log_wants(&log, JANGLE_LOG_EVENT_DELIVERED));
    log = open_log(&heard, &raised);
    JN_LOG(&log, EVENT_COMMITTED, JN_PAIRS(JN_NUMBER("position", 1)), "stored");
    assert_int_equal(heard.level, JANGLE_LEVEL_ERROR);
}

static void a_topic_can_be_turned_off(void **state)
{
    /* OPENED is number 0: its row is as good as any other */
    const struct jangle_log_levels levels =
        JANGLE_LOG_LEVELS({JANGLE_LOG_OPENED, JANGLE_LEVEL_OFF},
                          {JANGLE_LOG_STORE_FAILED, JANGLE_LEVEL_OFF},
                          {JANGLE_LOG_EVENT_DEAD, JANGLE_LEVEL_DEFAULT});
    struct heard heard;
    struct jn_log log = open_log(&heard, &levels);

    (void)state;
    JN_LOG(&log, OPENED, JN_PAIRS(JN_NUMBER("n", 1)), "opened");
    JN_LOG(&log, STORE_FAILED, JN_PAIRS(JN_NUMBER("n", 1)), "failed");
    assert_int_equal(heard.lines, 0);
    JN_LOG(&log, EVENT_DEAD, JN_PAIRS(JN_NUMBER("n", 1)), "dead");
    assert_int_equal(heard.level, JANGLE_LEVEL_ERROR);
}

static int made;

static const char *make(void)
{
    made++;
    return "made";
}

static void what_nobody_hears_is_not_even_made(void **state)
{
    struct heard heard;
    struct jn_log log = open_log(&heard, NULL);

    (void)state;
    made = 0;
    JN_LOG(&log, EVENT_COMMITTED, JN_PAIRS(JN_TEXT("text", make())), "%s", make());
    assert_int_equal(made, 0);
}

static void a_topic_or_level_that_does_not_exist_is_refused(void **state)
{
    const struct jangle_log_levels topic =
        JANGLE_LOG_LEVELS({(enum jangle_log_topic)JN_TOPIC_COUNT, JANGLE_LEVEL_INFO});
    const struct jangle_log_levels level =
        JANGLE_LOG_LEVELS({JANGLE_LOG_EVENT_DEAD, (enum jangle_level)17});
    struct jangle_error error = {0};
    struct jn_log log;
    char number[20];

    (void)state;
    assert_result(
        jn_log_init(&log, &(struct jangle_logger){0}, &jn_clock_system, &topic, &error),
        JANGLE_INVALID);
    snprintf(number, sizeof number, "topic %d", (int)JN_TOPIC_COUNT);
    assert_non_null(strstr(error.message, number));
    error = (struct jangle_error){0};
    assert_result(
        jn_log_init(&log, &(struct jangle_logger){0}, &jn_clock_system, &level, &error),
        JANGLE_INVALID);
    assert_non_null(strstr(error.message, "EVENT_DEAD"));
    assert_non_null(strstr(error.message, "17"));
}

static void a_list_of_levels_has_items_and_a_number(void **state)
{
    struct jangle_log_levels levels =
        JANGLE_LOG_LEVELS({JANGLE_LOG_EVENT_DEAD, JANGLE_LEVEL_OFF});
    struct jangle_error error = {0};
    struct jn_log log;

    (void)state;
    levels.count = 0;
    assert_result(
        jn_log_init(&log, &(struct jangle_logger){0}, &jn_clock_system, &levels, &error),
        JANGLE_INVALID);
    assert_non_null(
        strstr(error.message, "config.log_levels has items but a count of 0"));
}

static void say(struct jn_log *log, enum jangle_level level, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    jn_log_say(log, level, format, values);
    va_end(values);
}

static void lines_of_the_users_own_go_by_the_level_of_their_topic(void **state)
{
    const struct jangle_log_levels warnings =
        JANGLE_LOG_LEVELS({JANGLE_LOG_USER, JANGLE_LEVEL_WARNING});
    const struct jangle_log_levels silent =
        JANGLE_LOG_LEVELS({JANGLE_LOG_USER, JANGLE_LEVEL_OFF});
    struct heard heard;
    struct jn_log log = open_log(&heard, NULL);

    (void)state;
    say(&log, JANGLE_LEVEL_DEBUG, "no");
    say(&log, JANGLE_LEVEL_OFF, "no");
    assert_int_equal(heard.lines, 0);
    say(&log, JANGLE_LEVEL_DEFAULT, "%d lines", 5);
    assert_int_equal(heard.level, JANGLE_LEVEL_INFO);
    assert_string_equal(heard.topic, "USER");
    assert_string_equal(heard.message, "5 lines");
    log = open_log(&heard, &warnings);
    say(&log, JANGLE_LEVEL_INFO, "no");
    assert_int_equal(heard.lines, 0);
    say(&log, JANGLE_LEVEL_ERROR, "yes");
    assert_int_equal(heard.level, JANGLE_LEVEL_ERROR);
    log = open_log(&heard, &silent);
    say(&log, JANGLE_LEVEL_ERROR, "no");
    assert_int_equal(heard.lines, 0);
}

static void a_long_line_of_the_users_own_ends_with_dots(void **state)
{
    struct heard heard;
    struct jn_log log = open_log(&heard, NULL);
    char text[3000];

    (void)state;
    memset(text, 'u', sizeof text);
    text[sizeof text - 1] = '\0';
    say(&log, JANGLE_LEVEL_INFO, "%s", text);
    assert_int_equal(strlen(heard.message), 1023);
    assert_string_equal(heard.message + 1020, "...");
}

static void the_logger_none_says_nothing(void **state)
{
    struct jangle_log_entry entry = entry_of("x");
    struct jangle_logger logger = jangle_logger_none();

    (void)state;
    assert_non_null(logger.write);
    write_entry(logger, &entry);
}

/* ---- a reader that is gone --------------------------------------------------- */

/* `program 2>&1 | tee`, and tee was ended. */
static FILE *open_dead_pipe(void)
{
    int ends[2];
    FILE *file;

    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    file = fdopen(ends[1], "w");
    assert_non_null(file);
    return file;
}

static void write_to(FILE *file, int lines)
{
    struct jangle_log_entry entry = entry_of("nobody reads it");

    for (int i = 0; i < lines; i++) {
        write_entry(jangle_logger_text(file), &entry);
        write_entry(jangle_logger_json(file), &entry);
    }
}

static bool is_pending(void)
{
    sigset_t pending;

    assert_int_equal(sigpending(&pending), 0);
    return sigismember(&pending, SIGPIPE) == 1;
}

static bool is_blocked(void)
{
    sigset_t mask;

    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    return sigismember(&mask, SIGPIPE) == 1;
}

/* Also at its end, where the C library writes what its files hold back. */
static void a_reader_that_is_gone_does_not_end_the_program(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (!child) {
        signal(SIGPIPE, SIG_DFL);
        write_to(open_dead_pipe(), 100);
        exit(7);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void the_signals_of_the_program_are_as_they_were(void **state)
{
    FILE *file = open_dead_pipe();
    sigset_t mask, before;

    (void)state;
    errno = 4711;
    write_to(file, 1);
    assert_int_equal(errno, 4711);
    assert_false(is_blocked());
    assert_false(is_pending());

    sigemptyset(&mask);
    sigaddset(&mask, SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &mask, &before), 0);
    write_to(file, 1);
    assert_true(is_blocked());
    assert_false(is_pending()); /* the log has taken its own */
    assert_int_equal(raise(SIGPIPE), 0);
    write_to(file, 1);
    assert_true(is_pending()); /* and leaves the program's */
    assert_int_equal(sigwait(&mask, &(int){0}), 0);
    assert_false(is_pending());
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    fclose(file);
}

/* One that its owner also writes to: the lines stand where they were written. */
static void a_line_stands_behind_what_was_written_before_it(void **state)
{
    struct jangle_log_entry entry = entry_of("a line");
    char text[400], *line;
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    fprintf(file, "before\n");
    write_entry(jangle_logger_text(file), &entry);
    fprintf(file, "after\n");
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_memory_equal(text, "before\n", 7);
    line = strstr(text, "a line\n");
    assert_non_null(line);
    assert_string_equal(line, "a line\nafter\n");
}

static void a_file_in_memory_is_written_to(void **state)
{
    struct jangle_log_entry entry = entry_of("a line");
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    (void)state;
    assert_non_null(file);
    write_entry(jangle_logger_text(file), &entry);
    assert_non_null(strstr(text, "a line\n"));
    fclose(file);
    free(text);
}

/* ---- threads ----------------------------------------------------------------- */

static void *write_lines(void *context)
{
    struct fixture *fixture = context;
    struct jangle_log_entry entry = entry_of("the same line from every thread");

    for (int at = 0; at < LINES_A_THREAD; at++)
        write_entry(jangle_logger_text(fixture->file), &entry);
    return NULL;
}

static void lines_of_several_threads_are_one_write_each(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[THREAD_COUNT];
    int lines = 0, writes = 0;

    for (int at = 0; at < THREAD_COUNT; at++)
        assert_int_equal(pthread_create(&threads[at], NULL, write_lines, fixture), 0);
    while (lines < THREAD_COUNT * LINES_A_THREAD) {
        ssize_t size = recv(fixture->reader, fixture->line, sizeof fixture->line, 0);

        assert_true(size > 0);
        writes++;
        for (ssize_t at = 0; at < size; at++)
            lines += fixture->line[at] == '\n';
    }
    for (int at = 0; at < THREAD_COUNT; at++)
        assert_int_equal(pthread_join(threads[at], NULL), 0);
    assert_int_equal(writes, lines);
}

#define LOGGER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGGER_TEST(a_line_for_people_has_time_level_topic_message_and_pairs),
        LOGGER_TEST(nothing_in_a_message_begins_a_line_or_moves_the_cursor),
        LOGGER_TEST(times_before_1970_and_far_ahead_are_written),
        LOGGER_TEST(a_line_for_machines_is_an_object),
        LOGGER_TEST(every_text_comes_back_from_json_as_it_was),
        LOGGER_TEST(no_character_of_a_line_for_machines_steers_a_terminal),
        LOGGER_TEST(bytes_that_are_no_text_do_not_spoil_the_json),
        LOGGER_TEST(a_line_that_is_too_long_is_cut_and_stays_one_write),
        LOGGER_TEST(a_cut_message_ends_with_dots_and_pairs_that_fit_are_kept),
        LOGGER_TEST(a_pair_that_does_not_fit_is_left_out_whole),
        cmocka_unit_test(a_line_carries_its_topic_and_level),
        cmocka_unit_test(what_is_for_debugging_is_silent_until_it_is_asked_for),
        cmocka_unit_test(a_topic_can_be_turned_off),
        cmocka_unit_test(what_nobody_hears_is_not_even_made),
        cmocka_unit_test(a_topic_or_level_that_does_not_exist_is_refused),
        cmocka_unit_test(a_list_of_levels_has_items_and_a_number),
        cmocka_unit_test(lines_of_the_users_own_go_by_the_level_of_their_topic),
        cmocka_unit_test(a_long_line_of_the_users_own_ends_with_dots),
        cmocka_unit_test(the_logger_none_says_nothing),
        cmocka_unit_test(a_reader_that_is_gone_does_not_end_the_program),
        cmocka_unit_test(the_signals_of_the_program_are_as_they_were),
        cmocka_unit_test(a_line_stands_behind_what_was_written_before_it),
        cmocka_unit_test(a_file_in_memory_is_written_to),
        LOGGER_TEST(lines_of_several_threads_are_one_write_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

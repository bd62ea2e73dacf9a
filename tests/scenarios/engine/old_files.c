/* old_files.c - each store that an older version made, and kept in tests/files, is opened
 * by this one: nothing in it is lost, and all of it goes on.
 *
 * Only the public interface is used, because what a row looks like may change with the
 * schema, and what it means may not. */
#include "files/kept.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MINUTE_MS = 60 * 1000, EVENTS = 115, MAILS = 16 };

static const jangle_time left_at = {1767236640000000}; /* when the store was left */

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
static struct kept kept;
static const char *archive; /* that is tried now */

/* ---- a fresh copy for each test ---------------------------------------------- */

static void unpack(void)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        execlp("tar", "tar", "-xzf", archive, "-C", directory, (char *)NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void open_with(struct jangle_subscribers subscribers, struct jangle_sagas sagas)
{
    if (!kept_open(&kept, path, subscribers, sagas))
        fail_msg("%s", kept.error.message);
}

static int set_up(void **state)
{
    (void)state;
    kept = (struct kept){.now = left_at, .next = 100000000};
    kept_mood = (struct kept_mood){0};
    kept_heard[0] = '\0';
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "desks.db");
    unpack();
    open_with(kept_subscribers, kept_sagas);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(kept.jangle, -1), JANGLE_OK);
    temp_directory_remove(directory);
    return 0;
}

static void reopen(struct jangle_subscribers subscribers, struct jangle_sagas sagas)
{
    assert_result(jangle_close(kept.jangle, -1), JANGLE_OK);
    open_with(subscribers, sagas);
}

/* ---- what can be seen of it -------------------------------------------------- */

static struct jangle_subscriber_stats measure(const char *name)
{
    struct jangle_subscriber_stats stats;

    assert_result(jangle_measure_subscriber(kept.jangle, name, &stats, &kept.error),
                  JANGLE_OK);
    return stats;
}

static int compare_words(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* All that `name` was called for, sorted. */
static const char *heard(const char *name)
{
    static char text[sizeof kept_heard], words[sizeof kept_heard];
    char *list[500], *rest = NULL;
    size_t count = 0, used = 0, length = strlen(name);

    memcpy(words, kept_heard, sizeof words);
    for (char *word = strtok_r(words, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest))
        if (!strncmp(word, name, length) && word[length] == ':')
            list[count++] = word + length + 1;
    qsort(list, count, sizeof *list, compare_words);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "",
                                 list[i]);
    return text;
}

struct wanted {
    const char *words; /* in its payload or reason */
    struct jangle_dead_letter letter;
    char stream[60], reason[200];
    int found;
};

static enum jangle_result look(void *context, const struct jangle_dead_letter *letter)
{
    struct wanted *wanted = context;

    if (!strstr(letter->payload, wanted->words) && !strstr(letter->reason, wanted->words))
        return JANGLE_OK;
    wanted->found++;
    wanted->letter = *letter;
    snprintf(wanted->stream, sizeof wanted->stream, "%s/%lld", letter->stream,
             (long long)letter->version);
    snprintf(wanted->reason, sizeof wanted->reason, "%s", letter->reason);
    return JANGLE_OK;
}

/* The one dead letter of that subscriber whose payload or reason has these words. */
static struct wanted find_dead_letter(const char *subscriber, const char *words)
{
    struct wanted wanted = {.words = words};

    assert_result(
        jangle_dead_letter_visit(kept.jangle, subscriber, look, &wanted, &kept.error),
        JANGLE_OK);
    assert_int_equal(wanted.found, 1);
    return wanted;
}

static void assert_dead_letter(const char *subscriber,
                               const char *stream,
                               int attempts,
                               const char *reason,
                               int64_t held)
{
    struct wanted wanted = find_dead_letter(subscriber, reason);

    assert_string_equal(wanted.stream, stream);
    assert_int_equal(wanted.letter.attempts, attempts);
    assert_int_equal(wanted.letter.held_count, held);
    assert_true(wanted.letter.failed_at.us > 0);
}

/* ---- a saga ------------------------------------------------------------------ */

struct shown {
    enum jangle_saga_status status;
    struct jangle_saga_info info;
    char steps[1000], state[200], reason[200];
};

static enum jangle_result show(void *context, const struct jangle_saga_info *info)
{
    struct shown *shown = context;
    size_t used = 0;

    shown->status = info->status;
    shown->info = *info;
    snprintf(shown->state, sizeof shown->state, "%s", info->state);
    snprintf(shown->reason, sizeof shown->reason, "%s", info->reason ? info->reason : "");
    for (size_t i = 0; i < info->step_count; i++)
        used += (size_t)snprintf(shown->steps + used, sizeof shown->steps - used,
                                 "%s=%s:%s;", info->steps[i].type,
                                 jangle_result_name(info->steps[i].result),
                                 info->steps[i].reply);
    return JANGLE_OK;
}

static struct shown show_saga(const char *saga, const char *id)
{
    struct shown shown = {0};

    assert_result(jangle_saga_show(kept.jangle, saga, id, show, &shown, &kept.error),
                  JANGLE_OK);
    return shown;
}

static void assert_saga(const char *saga, const char *id, enum jangle_saga_status status)
{
    struct shown shown = show_saga(saga, id);

    if (shown.status != status)
        fail_msg("%s has status %d, not %d: %s", id, (int)shown.status, (int)status,
                 shown.reason);
}

/* ---- having it go on --------------------------------------------------------- */

static void poll_all(void)
{
    int64_t done = 1;

    while (done)
        assert_result(jangle_poll(kept.jangle, &done, &kept.error), JANGLE_OK);
}

static void pass_minutes(int64_t minutes)
{
    kept.now = jangle_time_after_ms(kept.now, minutes * MINUTE_MS);
    poll_all();
}

/* Everybody succeeds now, and has time for each key that waits; 50 minutes in all. */
static void heal(void)
{
    kept_mood.healed = true;
    poll_all();
    for (int i = 0; i < 5; i++)
        pass_minutes(10);
}

static void retry_dead_letter(const char *subscriber, const char *words)
{
    struct wanted wanted = find_dead_letter(subscriber, words);

    assert_result(jangle_dead_letter_retry(kept.jangle, subscriber,
                                           wanted.letter.position, &kept.error),
                  JANGLE_OK);
    poll_all();
}

static void skip_dead_letter(const char *subscriber, const char *words)
{
    struct wanted wanted = find_dead_letter(subscriber, words);

    assert_result(jangle_dead_letter_skip(kept.jangle, subscriber, wanted.letter.position,
                                          &kept.error),
                  JANGLE_OK);
    poll_all();
}

/* How many words were ever said at that desk, by the state that decides. */
static void assert_words(const char *desk, const char *expected)
{
    struct jangle_outcome outcome;

    assert_result(jangle_send(kept.jangle, &outcome, say, .desk_id = desk, .to = "",
                              .word = "one more"),
                  JANGLE_OK);
    assert_string_equal(outcome.reply, expected);
}

/* ---- subscribers ------------------------------------------------------------- */

/* Those that ended the process count as waiting or as dead: they were at their limit. */
static void every_key_is_there_with_its_reason(void **state)
{
    static const struct {
        const char *name;
        int64_t parked, dead;
        bool suspended;
    } expected[] = {
        {"letters", 3, 1, false},  {"labels", 1, 1, false},  {"adverts", 1, 1, false},
        {"mails", MAILS, 0, true}, {"bruised", 1, 0, false}, {"news", 0, 0, false},
        {"orders", 1, 0, false},   {"notes", 1, 1, false},   {"board", MAILS, 0, true},
        {"slate", 1, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct jangle_subscriber_stats stats = measure(expected[i].name);

        if (stats.parked != expected[i].parked || stats.dead != expected[i].dead ||
            (stats.suspended.us != 0) != expected[i].suspended)
            fail_msg("%s: %d parked, %d dead, suspended since %lld", expected[i].name,
                     (int)stats.parked, (int)stats.dead, (long long)stats.suspended.us);
    }
    assert_int_equal(measure("fragile").parked + measure("fragile").dead, 1);
    /* Two of them for one saga: its timeout, and the event that waits for it. */
    assert_int_equal(measure("trip").parked + measure("trip").dead, 6);
    /* Schema 1 let the timeout that has ended the process three times wait. */
    assert_int_equal(measure("stay").dead, strstr(archive, "schema_1.") ? 1 : 2);
    assert_dead_letter("letters", "desk/b/1", 1, "this cannot be printed", 1);
    assert_dead_letter("labels", "desk/f/2", 1, "this cannot be printed", 0);
    assert_dead_letter("adverts", "desk/g/1", 1, "this cannot be printed", 0);
    assert_dead_letter("notes", "desk/l/1", 1, "this cannot be printed", 1);
    assert_int_equal(find_dead_letter("trip", "no room for trip-dead").letter.attempts,
                     3);
    assert_int_equal(find_dead_letter("trip", "no room for trip-dead").letter.held_count,
                     1);
    find_dead_letter("trip", "is recorded as say");
    assert_int_equal(find_dead_letter("stay", "no room for stay-dead").letter.attempts,
                     3);
}

static void what_waits_is_handled_in_order_when_its_handler_is_healed(void **state)
{
    (void)state;
    heal();
    assert_string_equal(heard("letters"), "a/1#3 a/2#1 a/3#1 c/d/1#3 e/1#3");
    assert_true(strstr(kept_heard, "letters:a/2") < strstr(kept_heard, "letters:a/3"));
    assert_true(strstr(kept_heard, "letters:a/1") < strstr(kept_heard, "letters:a/2"));
    assert_string_equal(heard("labels"), "f/1#2");
    assert_string_equal(heard("adverts"), "h/1#2 h/2#1");
    assert_string_equal(heard("notes"), "k/1#2 k/2#1");
    assert_string_equal(heard("news"), ""); /* it began when it was first opened */
    assert_int_equal(measure("letters").parked, 0);
    assert_int_equal(measure("letters").dead, 1);
    assert_int_equal(measure("notes").parked, 0);
}

static void a_dead_letter_can_be_retried_and_skipped(void **state)
{
    (void)state;
    heal();
    kept_heard[0] = '\0';
    retry_dead_letter("letters", "printed");
    assert_string_equal(heard("letters"), "b/1#1 b/2#1");
    retry_dead_letter("adverts", "printed");
    assert_string_equal(heard("adverts"), "g/1#1");
    skip_dead_letter("labels", "printed");
    assert_string_equal(heard("labels"), "");
    skip_dead_letter("notes", "printed");
    assert_string_equal(heard("notes"), "l/2#1");
    assert_int_equal(measure("letters").dead + measure("adverts").dead, 0);
    assert_int_equal(measure("labels").dead + measure("notes").dead, 0);
    reopen(kept_subscribers, kept_sagas);
    poll_all();
    assert_string_equal(heard("letters"), "b/1#1 b/2#1");
    assert_int_equal(measure("letters").dead + measure("notes").dead, 0);
}

static void assert_outage_ends(const char *name)
{
    char expected[400] = "after/1#1 after/2#1", found[1000], desk[30];

    if (!strcmp(name, "board")) /* the same desk heard two words of the mails before */
        snprintf(expected, sizeof expected, "after/3#1 after/4#1");
    assert_int_equal(measure(name).suspended.us, 0);
    assert_int_equal(measure(name).parked + measure(name).dead, 0);
    snprintf(found, sizeof found, "%s", heard(name));
    assert_non_null(strstr(found, expected));
    for (int i = 0; i < MAILS; i++) {
        snprintf(desk, sizeof desk, "%s-%d/1#", name, i);
        assert_non_null(strstr(found, desk));
        assert_null(strstr(strstr(found, desk) + 1, desk));
    }
}

static void who_was_suspended_is_so_until_a_success(void **state)
{
    (void)state;
    assert_non_null(strstr(measure("mails").reason, "the printer does not answer"));
    assert_true(measure("mails").suspended.us <= left_at.us);
    poll_all();
    assert_true(measure("mails").suspended.us != 0);
    assert_true(measure("board").suspended.us != 0);
    assert_int_equal(measure("mails").dead + measure("board").dead, 0);
    kept_heard[0] = '\0';
    heal();
    assert_outage_ends("mails");
    assert_outage_ends("board");
}

/* In `fragile` all three attempts ended the process: it is not tried again. */
static void an_attempt_that_ended_the_process_is_counted(void **state)
{
    struct wanted wanted;

    (void)state;
    heal();
    assert_string_equal(heard("fragile"), "beside/1#1");
    wanted = find_dead_letter("fragile", "the process ended");
    assert_string_equal(wanted.stream, "desk/fragile/1");
    assert_int_equal(wanted.letter.attempts, 3);
    assert_string_equal(heard("bruised"), "beside/2#1 bruised/1#2 bruised/2#1");
    assert_string_equal(heard("slate"), "beside/3#1 slate/1#2 slate/2#1");
    retry_dead_letter("fragile", "the process ended");
    assert_string_equal(heard("fragile"), "beside/1#1 fragile/1#1 fragile/2#1");
}

static void a_handlers_commands_are_answered_from_their_record(void **state)
{
    (void)state;
    heal();
    assert_string_equal(heard("orders"), "i/1#2");
    assert_string_equal(kept_answers, "OK 1, REJECTED the desk says no");
    assert_words("shop", "2");
}

/* ---- sagas ------------------------------------------------------------------- */

static void every_saga_is_as_it_was_left(void **state)
{
    struct shown shown = show_saga("trip", "trip-open");

    (void)state;
    assert_int_equal(shown.status, JANGLE_SAGA_OPEN);
    assert_int_equal(shown.info.step_count, 3);
    assert_non_null(strstr(shown.steps, "check the limit: first=OK:1;"));
    assert_non_null(strstr(shown.steps, "say=OK:1;"));
    assert_non_null(strstr(shown.steps, "paid_noted=OK:{\"amount\":5};"));
    assert_string_equal(shown.state, "{\"last\":\"pay\",\"calls\":1,\"paid\":5}");
    assert_int_equal(shown.info.timeout_at.us, 1769820720000000);
    assert_saga("trip", "trip-done", JANGLE_SAGA_FINISHED);
    shown = show_saga("trip", "trip-refused");
    assert_string_equal(shown.steps, "say=REJECTED:the desk says no;");
    shown = show_saga("trip", "trip-by-hand");
    assert_int_equal(shown.status, JANGLE_SAGA_FINISHED);
    assert_int_equal(shown.info.step_count, 4);
    assert_non_null(strstr(shown.steps, "=OK:it was called off;"));
    shown = show_saga("trip", "trip-a/b");
    assert_int_equal(shown.info.turn_step_count, 2);
    assert_int_equal(shown.info.attempts, 2);
    assert_string_equal(shown.reason, "there is no room for trip-a/b");
    assert_saga("trip", "trip-unfit", JANGLE_SAGA_PARKED);
    assert_saga("trip", "trip-dead", JANGLE_SAGA_OPEN);
    assert_saga("stay", "stay-failed", JANGLE_SAGA_OPEN);
    assert_saga("stay", "stay-crashed", JANGLE_SAGA_OPEN);
    assert_int_equal(show_saga("stay", "stay-failed").info.attempts, 1);
    shown = show_saga("stay", "stay-dead");
    assert_non_null(strstr(shown.reason, "there is no room for stay-dead"));
}

/* The steps of turns that began when the saga was called "journey" still fit. */
static void turns_go_on_from_their_record(void **state)
{
    (void)state;
    heal();
    assert_string_equal(heard("trip-a/b"), "fail#3 pay#1");
    assert_int_equal(show_saga("trip", "trip-a/b").info.step_count, 6);
    assert_string_equal(heard("trip-dies"), "die#2");
    assert_string_equal(heard("trip-both"), "timeout#3");
    assert_saga("trip", "trip-both", JANGLE_SAGA_FINISHED);
    assert_string_equal(heard("trip-dead"), "");
    retry_dead_letter("trip", "no room for trip-dead");
    assert_string_equal(heard("trip-dead"), "fail#1 pay#1");
    assert_result(jangle_saga_retry(kept.jangle, "trip", "trip-unfit", &kept.error),
                  JANGLE_OK);
    poll_all();
    assert_string_equal(heard("trip-unfit"), "change#1");
    assert_saga("trip", "trip-unfit", JANGLE_SAGA_OPEN);
    assert_int_equal(measure("trip").parked + measure("trip").dead, 0);
    assert_string_equal(heard("trip-open"), "");
    pass_minutes(31 * 24 * 60);
    assert_string_equal(heard("trip-open"), "timeout#1");
    assert_saga("trip", "trip-open", JANGLE_SAGA_FINISHED);
}

static void timeouts_go_on(void **state)
{
    (void)state;
    heal();
    assert_string_equal(heard("stay-failed"), "timeout#2");
    assert_saga("stay", "stay-failed", JANGLE_SAGA_FINISHED);
    assert_string_equal(heard("stay-crashed"), "timeout#2");
    assert_saga("stay", "stay-crashed", JANGLE_SAGA_FINISHED);
    assert_string_equal(heard("stay-ahead"), "");
    pass_minutes(10); /* its hour is over */
    assert_string_equal(heard("stay-ahead"), "timeout#1");
    assert_saga("stay", "stay-ahead", JANGLE_SAGA_FINISHED);
}

/* One failed three times, one ended the process three times. */
static void timeouts_that_were_given_up_can_be_retried(void **state)
{
    static const char *const given_up[] = {"stay-dead", "stay-crashes"};

    (void)state;
    heal();
    assert_int_equal(measure("stay").dead, 2);
    find_dead_letter("stay", "the process ended");
    for (int i = 0; i < 2; i++) {
        assert_string_equal(heard(given_up[i]), "");
        assert_result(jangle_saga_retry(kept.jangle, "stay", given_up[i], &kept.error),
                      JANGLE_OK);
        poll_all();
        assert_string_equal(heard(given_up[i]), "timeout#1");
        assert_saga("stay", given_up[i], JANGLE_SAGA_FINISHED);
    }
    assert_int_equal(measure("stay").dead, 0);
}

/* Twelve words were said at the till when the store was left. Three more come from turns
 * that had not taken that step, one from a timeout; all other steps are answered. */
static void no_saga_sends_a_command_twice(void **state)
{
    (void)state;
    heal();
    pass_minutes(10);
    retry_dead_letter("trip", "no room for trip-dead");
    jangle_saga_retry(kept.jangle, "trip", "trip-unfit", NULL);
    jangle_saga_retry(kept.jangle, "stay", "stay-dead", NULL);
    jangle_saga_retry(kept.jangle, "stay", "stay-crashes", NULL);
    poll_all();
    assert_words("till", "17");
}

/* ---- commands and states ----------------------------------------------------- */

static void a_command_id_is_answered_again(void **state)
{
    static const char uuid[] = "018f4e5a-7c1d-7000-8000-0123456789ab";
    struct jangle_envelope envelope = {.command_id = "words of Ann"};
    struct jangle_outcome outcome;

    (void)state;
    assert_result(jangle_send_in(kept.jangle, &outcome, &envelope, say,
                                 .desk_id = "early", .to = "", .word = "once"),
                  JANGLE_OK);
    assert_true(outcome.repeated);
    assert_int_equal(outcome.position, 2);
    assert_string_equal(outcome.reply, "2");
    assert_result(jangle_send_in(kept.jangle, &outcome, &envelope, say,
                                 .desk_id = "early", .to = "", .word = "another"),
                  JANGLE_INVALID);
    assert_result(jangle_outcome_of(kept.jangle, uuid, &outcome), JANGLE_OK);
    assert_int_equal(outcome.position, 3);
    assert_int_equal(outcome.version, 3);
    assert_string_equal(outcome.reply, "3");
    assert_words("early", "4");
}

/* A snapshot lies before the till's last three words; the other desks have their own. */
static void states_are_what_their_events_say(void **state)
{
    (void)state;
    assert_words("till", "13");
    assert_words("after", "5");
    assert_words("office", "1");
    assert_words("a", "4");
}

/* ---- views, events ----------------------------------------------------------- */

static size_t count_notes(void)
{
    struct jangle_answer answer = {0};
    size_t count;

    assert_result(jangle_ask(kept.jangle, &answer, get_notes, .limit = 100), JANGLE_OK);
    count = ((const struct note_list *)answer.data)->lines.count;
    jangle_answer_free(&answer);
    return count;
}

/* One was left open when its process ended, with its log. */
static void views_need_no_replay(void **state)
{
    struct jangle_replay_options compare = {.compare = true};

    (void)state;
    assert_int_equal(count_notes(), 2);
    assert_int_equal(measure("notes").suspended.us, 0);
    assert_int_equal(measure("slate").suspended.us, 0);
    poll_all();
    assert_null(strstr(kept_heard, "notes:j"));
    heal();
    assert_int_equal(count_notes(), 4);
    assert_result(jangle_replay(kept.jangle, "slate", &compare, &kept.error), JANGLE_OK);
    retry_dead_letter("notes", "printed");
    assert_result(jangle_replay(kept.jangle, "notes", &compare, &kept.error),
                  JANGLE_INVALID);
    assert_non_null(strstr(kept.error.message, "was skipped"));
    assert_result(jangle_replay(kept.jangle, "notes", NULL, &kept.error), JANGLE_OK);
    assert_int_equal(count_notes(), 7);
}

static int64_t last_seen;

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    (void)delivery;
    assert_int_equal(event->position, ++last_seen);
    assert_true(event->at.us >= 1767225600000000 && event->at.us <= left_at.us);
    return JANGLE_OK;
}

static const struct jangle_subscriber auditor = {
    .name = "auditor",
    .handlers = JANGLE_HANDLERS({&said, see}, {&begun, see}, {&called, see}),
    .start = JANGLE_FROM_FIRST};

static void every_event_is_read_and_found_sound(void **state)
{
    (void)state;
    last_seen = 0;
    reopen((struct jangle_subscribers)JANGLE_SUBSCRIBERS(&auditor),
           (struct jangle_sagas){0});
    poll_all();
    assert_int_equal(measure("auditor").lag, 0);
    assert_int_equal(last_seen, EVENTS);
    reopen(kept_subscribers, kept_sagas);
}

#define OLD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OLD_TEST(every_key_is_there_with_its_reason),
        OLD_TEST(what_waits_is_handled_in_order_when_its_handler_is_healed),
        OLD_TEST(a_dead_letter_can_be_retried_and_skipped),
        OLD_TEST(who_was_suspended_is_so_until_a_success),
        OLD_TEST(an_attempt_that_ended_the_process_is_counted),
        OLD_TEST(a_handlers_commands_are_answered_from_their_record),
        OLD_TEST(every_saga_is_as_it_was_left),
        OLD_TEST(turns_go_on_from_their_record),
        OLD_TEST(timeouts_go_on),
        OLD_TEST(timeouts_that_were_given_up_can_be_retried),
        OLD_TEST(no_saga_sends_a_command_twice),
        OLD_TEST(a_command_id_is_answered_again),
        OLD_TEST(states_are_what_their_events_say),
        OLD_TEST(views_need_no_replay),
        OLD_TEST(every_event_is_read_and_found_sound),
    };

    glob_t archives;
    int failed = glob(KEPT_ARCHIVES, 0, NULL, &archives);

    for (size_t i = 0; !failed && i < archives.gl_pathc; i++) {
        archive = archives.gl_pathv[i];
        print_message("%s\n", archive);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    }
    globfree(&archives);
    return failed;
}

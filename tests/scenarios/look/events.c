/* events.c - a look shows the events of a store: all of them, those of a stream, those
 * that pass a filter, forward and backward; and an application reads its own. */
#include "support/domains/follower.h"
#include "support/domains/seen.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_US = 1700000000 };

static struct world world;
static struct jangle_look *look;
static struct seen seen;

/* A way to look: each test is run in all of them. */
struct way {
    bool in_file;
    bool from_outside;
};

static struct way in_memory = {false, false};
static struct way own_file = {true, false};
static struct way outside = {true, true};

static void
put(const char *purse, const char *actor, const char *correlation, const char *id)
{
    struct jangle_outcome outcome;

    world_pass(&world, 1000);
    assert_result(
        jangle_send_in(
            world.jangle, &outcome,
            jangle_envelope(.command_id = id,
                            .origin = {.actor = actor, .correlation_id = correlation}),
            put_in, .purse_id = purse, .amount = 5),
        JANGLE_OK);
}

/* Six events of three streams, a second apart:
 *     1 blue   ann  c-1          4 red   bob  c-3
 *     2 red    bob  c-2          5 blue  ann  c-1  (taken out)
 *     3 blue   ann  c-1          6 royal (a coin) */
static int set_up(void **state)
{
    const struct way *way = *state;

    world_init(&world, way->in_file);
    world_open(&world, NULL);
    put("blue", "ann", "c-1", NULL);
    put("red", "bob", "c-2", "command 2");
    put("blue", "ann", "c-1", NULL);
    put("red", "bob", "c-3", NULL);
    world_pass(&world, 1000);
    assert_result(jangle_send_in(world.jangle, NULL,
                                 jangle_envelope(.origin = {.actor = "ann",
                                                            .correlation_id = "c-1"}),
                                 take_out, .purse_id = "blue", .amount = 3),
                  JANGLE_OK);
    world_pass(&world, 1000);
    assert_result(jangle_send(world.jangle, NULL, strike_coin, .weight = 7), JANGLE_OK);
    look = way->from_outside ? seen_open(world.file) : jangle_look_of(world.jangle, NULL);
    assert_non_null(look);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jangle_look_close(look);
    world_finish(&world);
    return 0;
}

static enum jangle_result search(const struct jangle_event_filter *filter)
{
    seen.error = (struct jangle_error){0};
    return jangle_look_events(look, filter, seen_event, &seen, &seen.search, &seen.error);
}

/* ---- which ------------------------------------------------------------------- */

static void all_are_shown_in_their_order(void **state)
{
    (void)state;
    assert_string_equal(seen_by(&seen, look, NULL), "1 2 3 4 5 6");
    assert_int_equal(seen.search.read, 6);
    assert_int_equal(seen.search.visited, 6);
    assert_int_equal(seen.search.next, 0);
    assert_string_equal(seen_by(&seen, look, SEEN(.newest_first = true)), "6 5 4 3 2 1");
    assert_int_equal(seen.search.next, 0);
}

static void positions_bound_it_on_both_sides(void **state)
{
    (void)state;
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 2)), "3 4 5 6");
    assert_string_equal(seen_by(&seen, look, SEEN(.before = 3)), "1 2");
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 2, .before = 5)), "3 4");
    assert_string_equal(
        seen_by(&seen, look, SEEN(.after = 2, .before = 5, .newest_first = true)), "4 3");
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 6)), "");
    assert_string_equal(seen_by(&seen, look, SEEN(.before = 1)), "");
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 99, .newest_first = true)),
                        "");
    assert_string_equal(seen_by(&seen, look, SEEN(.before = 99, .after = 4)), "5 6");
}

static void a_stream_is_read_by_itself(void **state)
{
    (void)state;
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "blue")),
                        "1 3 5");
    assert_int_equal(seen.search.read, 3);
    assert_string_equal(
        seen_by(&seen, look, SEEN(.kind = "purse", .id = "blue", .newest_first = true)),
        "5 3 1");
    assert_string_equal(
        seen_by(&seen, look, SEEN(.kind = "purse", .id = "blue", .after = 1)), "3 5");
    assert_string_equal(
        seen_by(&seen, look, SEEN(.kind = "purse", .id = "blue", .before = 5)), "1 3");
    assert_string_equal(seen_by(&seen, look,
                                SEEN(.kind = "purse", .id = "blue", .after = 1,
                                     .before = 5, .newest_first = true)),
                        "3");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "green")), "");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "pur", .id = "blue")), "");
}

static void names_are_globs(void **state)
{
    (void)state;
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "p*")), "1 2 3 4 5");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "r?d")), "2 4");
    assert_string_equal(seen_by(&seen, look, SEEN(.id = "r*")), "2 4 6");
    assert_string_equal(seen_by(&seen, look, SEEN(.id = "[a-c]*")), "1 3 5");
    assert_string_equal(seen_by(&seen, look, SEEN(.id = "[!a-c]*")), "2 4 6");
    assert_string_equal(seen_by(&seen, look, SEEN(.type = "coins_taken_out")), "5");
    assert_string_equal(seen_by(&seen, look, SEEN(.type = "coin*")), "1 2 3 4 5 6");
    assert_string_equal(seen_by(&seen, look, SEEN(.type = "*_put_*")), "1 2 3 4");
    assert_string_equal(seen_by(&seen, look, SEEN(.actor = "b*")), "2 4");
    assert_string_equal(seen_by(&seen, look, SEEN(.type = "\\*")), "");
}

static void origins_are_compared(void **state)
{
    char event_id[40];
    struct jangle_event_filter filter = {.event_id = event_id};

    (void)state;
    assert_string_equal(seen_by(&seen, look, SEEN(.correlation_id = "c-1")), "1 3 5");
    assert_string_equal(seen_by(&seen, look, SEEN(.correlation_id = "c-")), "");
    assert_string_equal(seen_by(&seen, look, SEEN(.causation_id = "command 2")), "2");
    snprintf(event_id, sizeof event_id, "%s", "00000000-0000-7000-8000-000000000000");
    assert_string_equal(seen_by(&seen, look, &filter), "");
}

static void times_and_payloads_are_compared(void **state)
{
    const jangle_time third = {(int64_t)(FIRST_US + 3) * 1000000};
    const jangle_time fifth = {(int64_t)(FIRST_US + 5) * 1000000};

    (void)state;
    assert_string_equal(seen_by(&seen, look, SEEN(.since = third)), "3 4 5 6");
    assert_string_equal(seen_by(&seen, look, SEEN(.until = third)), "1 2");
    assert_string_equal(seen_by(&seen, look, SEEN(.since = third, .until = fifth)),
                        "3 4");
    assert_string_equal(seen_by(&seen, look, SEEN(.text = "\"weight\":7")), "6");
    assert_string_equal(seen_by(&seen, look, SEEN(.text = "\"total\":5}")), "1 2");
    assert_string_equal(seen_by(&seen, look, SEEN(.text = "7}")), "5 6");
    assert_string_equal(seen_by(&seen, look, SEEN(.text = "7}?")), "");
}

/* ---- what -------------------------------------------------------------------- */

struct shown {
    struct jangle_seen_event event;
    char text[400], event_id[40];
};

static enum jangle_result show(void *context, const struct jangle_seen_event *event)
{
    struct shown *shown = context;

    shown->event = *event;
    snprintf(shown->event_id, sizeof shown->event_id, "%s", event->event_id);
    snprintf(shown->text, sizeof shown->text, "%s/%s@%d %s v%d %.*s %s %s %s",
             event->kind, event->id, (int)event->version, event->type,
             event->type_version, (int)event->payload_size, event->payload,
             event->origin.correlation_id, event->origin.causation_id,
             event->origin.actor);
    return JANGLE_OK;
}

static void an_event_is_shown_whole(void **state)
{
    struct shown shown;
    struct jangle_event_filter again = {.event_id = shown.event_id};

    (void)state;
    assert_result(
        jangle_look_events(look, SEEN(.after = 1, .before = 3), show, &shown, NULL, NULL),
        JANGLE_OK);
    assert_string_equal(shown.text,
                        "purse/red@1 coins_put_in v1 "
                        "{\"amount\":5,\"total\":5} c-2 command 2 bob");
    assert_int_equal(shown.event.at.us, (int64_t)(FIRST_US + 2) * 1000000);
    assert_null(shown.event.fault);
    assert_int_equal(shown.event.missing, 0);
    assert_int_equal(strlen(shown.event_id), 36);
    assert_string_equal(seen_by(&seen, look, &again), "2");
}

static enum jangle_result show_command(void *context,
                                       const struct jangle_seen_event *event)
{
    char *text = context;
    size_t used = strlen(text);

    snprintf(text + used, 200 - used, "%s %d %s;", event->command ? event->command : "-",
             (int)event->cause, event->sender ? event->sender : "-");
    return JANGLE_OK;
}

/* Only the second command had an id. */
static void a_command_is_told_if_it_is_asked_for(void **state)
{
    char text[200] = "";

    (void)state;
    assert_result(jangle_look_events(look, SEEN(.before = 3, .with_commands = true),
                                     show_command, text, NULL, NULL),
                  JANGLE_OK);
    assert_string_equal(text, "- 0 -;put_in 0 -;");
    text[0] = '\0';
    assert_result(
        jangle_look_events(look, SEEN(.before = 3), show_command, text, NULL, NULL),
        JANGLE_OK);
    assert_string_equal(text, "- 0 -;- 0 -;");
}

/* ---- limits ------------------------------------------------------------------ */

static void a_limit_says_where_to_go_on(void **state)
{
    (void)state;
    assert_string_equal(seen_by(&seen, look, SEEN(.limit = 2)), "1 2");
    assert_int_equal(seen.search.next, 2);
    assert_string_equal(seen_by(&seen, look, SEEN(.limit = 2, .after = 2)), "3 4");
    assert_int_equal(seen.search.next, 4);
    assert_string_equal(
        seen_by(&seen, look, SEEN(.limit = 1, .newest_first = true, .id = "red")), "4");
    assert_int_equal(seen.search.next, 4);
    assert_string_equal(
        seen_by(&seen, look,
                SEEN(.limit = 1, .newest_first = true, .id = "red", .before = 4)),
        "2");
}

static void a_search_reads_no_more_than_it_may(void **state)
{
    (void)state;
    assert_string_equal(seen_by(&seen, look, SEEN(.read_limit = 4, .id = "red")), "2 4");
    assert_int_equal(seen.search.read, 4);
    assert_int_equal(seen.search.next, 4);
    assert_string_equal(seen_by(&seen, look, SEEN(.read_limit = 3, .type = "none")), "");
    assert_int_equal(seen.search.read, 3);
    assert_int_equal(seen.search.next, 3);
    assert_string_equal(seen_by(&seen, look, SEEN(.read_limit = 2, .newest_first = true)),
                        "6 5");
    assert_int_equal(seen.search.next, 5);
}

/* Pages of one are the same as one page of all. */
static void pages_join_without_a_gap(void **state)
{
    struct jangle_event_filter filter = {.read_limit = 1};
    char all[100] = "";
    size_t used = 0;

    (void)state;
    for (int page = 0; page < 20; page++) {
        used += (size_t)snprintf(all + used, sizeof all - used, "%s,",
                                 seen_by(&seen, look, &filter));
        if (!seen.search.next)
            break;
        filter.after = seen.search.next;
    }
    assert_string_equal(all, "1,2,3,4,5,6,");
}

static void what_is_malformed_is_refused(void **state)
{
    (void)state;
    assert_result(search(SEEN(.type = "[a-z")), JANGLE_INVALID);
    assert_non_null(strstr(seen.error.message, "\"[a-z\""));
    assert_result(search(SEEN(.id = "a\\")), JANGLE_INVALID);
    assert_result(search(SEEN(.limit = -1)), JANGLE_INVALID);
    assert_result(search(SEEN(.read_limit = -1)), JANGLE_INVALID);
    assert_result(search(SEEN(.after = -1)), JANGLE_INVALID);
    assert_result(search(SEEN(.before = -1)), JANGLE_INVALID);
}

/* ---- visits ------------------------------------------------------------------ */

static void a_visit_may_end_it(void **state)
{
    (void)state;
    seen = (struct seen){.stop = JANGLE_CANCELLED};
    assert_result(search(NULL), JANGLE_CANCELLED);
    assert_string_equal(seen.text, "1");
    assert_int_equal(seen.search.visited, 1);
    assert_int_equal(seen.search.next, 1);
    seen.stop = JANGLE_TIMEOUT;
    assert_result(search(NULL), JANGLE_TIMEOUT);
}

static enum jangle_result look_again(void *context, const struct jangle_seen_event *event)
{
    struct seen inner;

    seen_by(&inner, look, SEEN(.kind = event->kind, .id = event->id));
    snprintf((char *)context + strlen(context), 100, "%.90s;", inner.text);
    return JANGLE_OK;
}

static void a_visit_may_use_the_same_look(void **state)
{
    char text[200] = "";

    (void)state;
    assert_result(
        jangle_look_events(look, SEEN(.after = 4), look_again, text, NULL, NULL),
        JANGLE_OK);
    assert_string_equal(text, "1 3 5;6;");
}

static enum jangle_result put_one(void *context, const struct jangle_seen_event *event)
{
    (void)context;
    assert_int_equal(event->position, 6);
    world_put(&world, "white");
    return JANGLE_CANCELLED;
}

/* Whoever looks is in nobody's way, and sees what is stored in the meantime. */
static void a_visit_may_store_events(void **state)
{
    (void)state;
    assert_result(jangle_look_events(look, SEEN(.after = 5), put_one, NULL, NULL, NULL),
                  JANGLE_CANCELLED);
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 5)), "6 7");
}

/* ---- many -------------------------------------------------------------------- */

/* More than a page of any store, of one stream and of all. */
static void long_logs_are_read_page_by_page(void **state)
{
    int64_t count = 0;

    (void)state;
    world_put_many(&world, 2200, 2);
    seen_by(&seen, look, NULL);
    assert_int_equal(seen.search.read, 2206);
    seen_by(&seen, look, SEEN(.newest_first = true));
    assert_int_equal(seen.search.read, 2206);
    seen_by(&seen, look, SEEN(.kind = "purse", .id = "0"));
    count += seen.search.read;
    seen_by(&seen, look, SEEN(.kind = "purse", .id = "1", .newest_first = true));
    assert_int_equal(count + seen.search.read, 2200);
    assert_string_equal(
        seen_by(&seen, look,
                SEEN(.kind = "purse", .id = "1", .newest_first = true, .limit = 3)),
        "2206 2204 2202");
    assert_string_equal(
        seen_by(&seen, look, SEEN(.kind = "purse", .id = "1", .after = 2200)),
        "2202 2204 2206");
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 700, .limit = 3)),
                        "701 702 703");
    assert_string_equal(
        seen_by(&seen, look, SEEN(.before = 303, .limit = 3, .newest_first = true)),
        "302 301 300");
}

/* ---- the store --------------------------------------------------------------- */

static void the_store_is_described(void **state)
{
    const struct way *way = *state;
    struct jangle_store_facts facts;

    assert_result(jangle_look_store(look, &facts, NULL), JANGLE_OK);
    assert_int_equal(facts.position, 6);
    assert_int_equal(strlen(facts.store_id), 36);
    assert_true(facts.epoch > 0);
    assert_null(facts.fault);
    assert_false(facts.in_doubt);
    assert_string_equal(facts.location, way->in_file ? world.file : "");
    if (!way->in_file) {
        assert_int_equal(facts.streams, -1);
        assert_int_equal(facts.sessions, -1);
        return;
    }
    assert_int_equal(facts.streams, 3);
    assert_int_equal(facts.types, 4); /* one is that of a command with an id */
    assert_int_equal(facts.schema, facts.schema_known);
    assert_int_equal(facts.first_at.us, (int64_t)(FIRST_US + 1) * 1000000);
    assert_int_equal(facts.last_at.us, (int64_t)(FIRST_US + 6) * 1000000);
    assert_true(facts.store_bytes > 4096);
    assert_true(facts.log_bytes > 0);
    assert_int_equal(facts.sessions, 1);
}

static void a_look_that_is_null_is_closed(void **state)
{
    struct jangle_store_facts facts;

    (void)state;
    assert_result(jangle_look_events(NULL, NULL, seen_event, &seen, NULL, NULL),
                  JANGLE_CLOSED);
    assert_result(jangle_look_store(NULL, &facts, NULL), JANGLE_CLOSED);
    assert_null(jangle_look_of(NULL, &seen.error));
    assert_result(seen.error.result, JANGLE_CLOSED);
    jangle_look_close(NULL);
}

#define IN_EACH_WAY(test)                                                                \
    {#test " (memory)", test, set_up, tear_down, &in_memory},                            \
        {#test " (own file)", test, set_up, tear_down, &own_file},                       \
    {                                                                                    \
#test " (outside)", test, set_up, tear_down, &outside                            \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_EACH_WAY(all_are_shown_in_their_order),
        IN_EACH_WAY(positions_bound_it_on_both_sides),
        IN_EACH_WAY(a_stream_is_read_by_itself),
        IN_EACH_WAY(names_are_globs),
        IN_EACH_WAY(origins_are_compared),
        IN_EACH_WAY(times_and_payloads_are_compared),
        IN_EACH_WAY(an_event_is_shown_whole),
        IN_EACH_WAY(a_command_is_told_if_it_is_asked_for),
        IN_EACH_WAY(a_limit_says_where_to_go_on),
        IN_EACH_WAY(a_search_reads_no_more_than_it_may),
        IN_EACH_WAY(pages_join_without_a_gap),
        IN_EACH_WAY(what_is_malformed_is_refused),
        IN_EACH_WAY(a_visit_may_end_it),
        IN_EACH_WAY(a_visit_may_use_the_same_look),
        IN_EACH_WAY(a_visit_may_store_events),
        IN_EACH_WAY(long_logs_are_read_page_by_page),
        IN_EACH_WAY(the_store_is_described),
        IN_EACH_WAY(a_look_that_is_null_is_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

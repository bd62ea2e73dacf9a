/* streams.c - a look lists the streams of a store, finds what became of a command, and
 * waits for events. */
#include "support/domains/follower.h"
#include "support/domains/seen.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct world world;
static struct jangle_look *look;

struct way {
    bool in_file;
    bool from_outside;
};

static struct way in_memory = {false, false};
static struct way own_file = {true, false};
static struct way outside = {true, true};

static int set_up(void **state)
{
    const struct way *way = *state;

    world_init(&world, way->in_file);
    world_open(&world, NULL);
    world_put(&world, "red");
    world_pass(&world, 1000);
    world_put(&world, "blue");
    world_pass(&world, 1000);
    world_put(&world, "red");
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

/* ---- streams ----------------------------------------------------------------- */

struct list {
    char text[8192];
    int count;
    enum jangle_result stop;
    struct jangle_error error;
};

static struct list list;

static enum jangle_result add_stream(void *context,
                                     const struct jangle_stream_facts *stream)
{
    struct list *to = context;
    size_t used = strlen(to->text);

    assert_null(stream->fault);
    to->count++;
    snprintf(to->text + used, sizeof to->text - used, "%s/%s@%lld:%lld ", stream->kind,
             stream->id, (long long)stream->version, (long long)stream->last_position);
    return to->stop;
}

static enum jangle_result try_list(const struct jangle_stream_filter *filter)
{
    list.text[0] = '\0';
    list.count = 0;
    list.error = (struct jangle_error){0};
    return jangle_look_streams(look, filter, add_stream, &list, &list.error);
}

#define STREAMS(...) list_of(&(const struct jangle_stream_filter){__VA_ARGS__})

static const char *list_of(const struct jangle_stream_filter *filter)
{
    assert_result(try_list(filter), JANGLE_OK);
    return list.text;
}

static void streams_are_listed_by_kind_and_id(void **state)
{
    (void)state;
    assert_string_equal(list_of(NULL), "mint/royal@1:4 purse/blue@1:2 purse/red@2:3 ");
    assert_string_equal(STREAMS(.kind = "purse"), "purse/blue@1:2 purse/red@2:3 ");
    assert_string_equal(STREAMS(.kind = "pur"), "");
    assert_string_equal(STREAMS(.id = "r*"), "mint/royal@1:4 purse/red@2:3 ");
    assert_string_equal(STREAMS(.limit = 2), "mint/royal@1:4 purse/blue@1:2 ");
    assert_string_equal(STREAMS(.after_kind = "purse", .after_id = "blue"),
                        "purse/red@2:3 ");
    assert_string_equal(
        STREAMS(.kind = "purse", .after_kind = "purse", .after_id = "a", .limit = 1),
        "purse/blue@1:2 ");
    assert_string_equal(STREAMS(.after_kind = "purse", .after_id = "red"), "");
}

static enum jangle_result check_times(void *context,
                                      const struct jangle_stream_facts *stream)
{
    (void)context;
    assert_int_equal(stream->first_at.us, INT64_C(1700000000000000));
    assert_int_equal(stream->last_at.us, INT64_C(1700000002000000));
    return JANGLE_OK;
}

static void a_stream_says_when_it_began_and_ended(void **state)
{
    (void)state;
    assert_result(jangle_look_streams(look,
                                      &(const struct jangle_stream_filter){.id = "red"},
                                      check_times, NULL, NULL),
                  JANGLE_OK);
}

static void many_streams_are_listed_page_by_page(void **state)
{
    (void)state;
    world_put_many(&world, 600, 300);
    list_of(NULL);
    assert_int_equal(list.count, 303);
    STREAMS(.kind = "purse", .id = "1?");
    assert_int_equal(list.count, 10);
    STREAMS(.limit = 290);
    assert_int_equal(list.count, 290);
}

static void a_list_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    assert_result(try_list(&(const struct jangle_stream_filter){.limit = -1}),
                  JANGLE_INVALID);
    assert_result(try_list(&(const struct jangle_stream_filter){.id = "["}),
                  JANGLE_INVALID);
    assert_result(try_list(&(const struct jangle_stream_filter){.after_id = "a"}),
                  JANGLE_INVALID);
    assert_result(try_list(&(const struct jangle_stream_filter){
                      .kind = "purse", .after_kind = "mint", .after_id = "a"}),
                  JANGLE_INVALID);
    list.stop = JANGLE_CANCELLED;
    assert_result(try_list(NULL), JANGLE_CANCELLED);
    assert_int_equal(list.count, 1);
    list.stop = JANGLE_OK;
}

/* ---- commands ---------------------------------------------------------------- */

static void a_command_is_found_by_its_id(void **state)
{
    struct jangle_outcome outcome;

    (void)state;
    assert_result(jangle_send_in(world.jangle, NULL,
                                 jangle_envelope(.command_id = "mine"), put_in,
                                 .purse_id = "red", .amount = 7),
                  JANGLE_OK);
    assert_result(jangle_look_command(look, "mine", &outcome), JANGLE_OK);
    assert_int_equal(outcome.position, 5);
    assert_int_equal(outcome.version, 3);
    assert_string_equal(outcome.reply, "9");
    assert_string_equal(outcome.command_id, "mine");
    assert_result(jangle_look_command(look, "yours", &outcome), JANGLE_NOT_FOUND);
    assert_non_null(strstr(outcome.error.message, "yours"));
    assert_result(jangle_look_command(look, "", &outcome), JANGLE_INVALID);
    assert_result(jangle_look_command(look, NULL, &outcome), JANGLE_INVALID);
    assert_result(jangle_look_command(NULL, "mine", &outcome), JANGLE_CLOSED);
}

static enum jangle_result keep_command(void *context,
                                       const struct jangle_stored_command *command)
{
    assert_string_equal(command->command_id, "mine");
    assert_string_equal(command->from.type, "put_in");
    assert_int_equal(command->from.cause, 0);
    assert_null(command->from.sender);
    *(int64_t *)context = command->receipt.position;
    return JANGLE_OK;
}

static enum jangle_result keep_session(void *context,
                                       const struct jangle_store_session *session)
{
    assert_true(session->alive);
    *(int64_t *)context = session->pid;
    return JANGLE_CANCELLED;
}

static enum jangle_result count_events(void *context,
                                       const struct jangle_catalogue_entry *entry)
{
    *(int64_t *)context += entry->kind == JANGLE_CATALOGUE_EVENT;
    return JANGLE_OK;
}

static void a_store_says_what_it_knows_of_itself(void **state)
{
    int64_t found = 0;

    (void)state;
    assert_result(jangle_send_in(world.jangle, NULL,
                                 jangle_envelope(.command_id = "mine"), put_in,
                                 .purse_id = "red", .amount = 7),
                  JANGLE_OK);
    assert_result(jangle_look_stored_command(look, "mine", keep_command, &found, NULL),
                  JANGLE_OK);
    assert_int_equal(found, 5);
    assert_result(jangle_look_stored_command(look, "none", keep_command, &found, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_look_stored_command(look, "", keep_command, &found, NULL),
                  JANGLE_INVALID);
    assert_result(jangle_look_sessions(look, keep_session, &found, NULL),
                  JANGLE_CANCELLED);
    assert_int_equal(found, getpid());
    found = 0;
    assert_result(jangle_look_catalogue(look, count_events, &found, NULL), JANGLE_OK);
    assert_int_equal(found, 6);
    assert_result(jangle_look_sessions(NULL, keep_session, &found, NULL), JANGLE_CLOSED);
    assert_result(jangle_look_catalogue(NULL, count_events, &found, NULL), JANGLE_CLOSED);
    assert_result(jangle_look_stored_command(NULL, "a", keep_command, &found, NULL),
                  JANGLE_CLOSED);
}

/* ---- waiting ----------------------------------------------------------------- */

static void an_event_that_is_there_is_not_waited_for(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(jangle_look_wait(look, 3, -1, NULL), JANGLE_OK);
    assert_result(jangle_look_wait(look, 4, 0, &error), JANGLE_TIMEOUT);
    assert_non_null(strstr(error.message, "no event after 4"));
    world_put(&world, "white");
    assert_result(jangle_look_wait(look, 4, 0, NULL), JANGLE_OK);
    assert_result(jangle_look_wait(NULL, 4, 0, NULL), JANGLE_CLOSED);
}

static void an_application_that_stops_waits_no_longer(void **state)
{
    const struct way *way = *state;

    if (way->from_outside)
        return;
    jangle_stop(world.jangle);
    assert_result(jangle_look_wait(look, 4, -1, NULL), JANGLE_CLOSED);
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
        IN_EACH_WAY(streams_are_listed_by_kind_and_id),
        IN_EACH_WAY(a_stream_says_when_it_began_and_ended),
        IN_EACH_WAY(many_streams_are_listed_page_by_page),
        IN_EACH_WAY(a_list_that_makes_no_sense_is_refused),
        IN_EACH_WAY(a_command_is_found_by_its_id),
        IN_EACH_WAY(a_store_says_what_it_knows_of_itself),
        IN_EACH_WAY(an_event_that_is_there_is_not_waited_for),
        IN_EACH_WAY(an_application_that_stops_waits_no_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

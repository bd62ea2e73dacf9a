/* store_delivery.c - ST-10 and ST-18 to ST-20: checkpoints, delivery steps, renaming. */
#include "contract/store.h"

/* ---- ST-10: one subscriber's checkpoint -------------------------------------------- */

static void st_10_a_checkpoint_is_found_with_what_ties_it_to_the_store(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .position = 3};
    struct jangle_checkpoint found = {.position = -2};

    memset(checkpoint.event_id, 0xab, sizeof checkpoint.event_id);
    assert_result(commit_checkpoint(world, &checkpoint), JANGLE_OK);
    world_reopen(world);
    assert_result(world->store->ops->find_checkpoint(world->store, "printer", &found,
                                                     &world->error),
                  JANGLE_OK);
    assert_int_equal(found.position, 3);
    assert_memory_equal(found.event_id, checkpoint.event_id, sizeof found.event_id);
}

static void suspend(struct jangle_checkpoint *checkpoint)
{
    checkpoint->suspended_for = JANGLE_SUSPENDED_OUTAGE;
    checkpoint->suspended_at.us = 1700000000123456;
    memcpy(checkpoint->reason, "the \xc3\xa9lan is gone",
           sizeof "the \xc3\xa9lan is gone");
}

static void assert_suspended(const struct jangle_checkpoint *checkpoint)
{
    assert_int_equal(checkpoint->suspended_for, JANGLE_SUSPENDED_OUTAGE);
    assert_int_equal(checkpoint->suspended_at.us, 1700000000123456);
    assert_string_equal(checkpoint->reason, "the \xc3\xa9lan is gone");
}

static enum jangle_result check_suspended(void *context,
                                          const struct jangle_checkpoint *checkpoint)
{
    (void)context;
    assert_suspended(checkpoint);
    return JANGLE_OK;
}

static void st_10_a_checkpoint_says_whether_its_subscriber_is_suspended(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .position = 3};
    struct jangle_checkpoint found = {0};

    suspend(&checkpoint);
    assert_result(commit_checkpoint(world, &checkpoint), JANGLE_OK);
    world_reopen(world);
    assert_result(world->store->ops->find_checkpoint(world->store, "printer", &found,
                                                     &world->error),
                  JANGLE_OK);
    assert_suspended(&found);
    assert_result(world->store->ops->read_checkpoints(world->store, check_suspended, NULL,
                                                      &world->error),
                  JANGLE_OK);
    move_checkpoint(world, "printer", 3, 3);
    assert_result(world->store->ops->find_checkpoint(world->store, "printer", &found,
                                                     &world->error),
                  JANGLE_OK);
    assert_int_equal(found.suspended_for, JANGLE_SUSPENDED_NOT);
    assert_int_equal(found.suspended_at.us, 0);
    assert_string_equal(found.reason, "");
}

static void st_10_a_subscriber_without_a_checkpoint_is_not_found(void **state)
{
    struct world *world = *state;

    assert_int_equal(checkpoint_of(world, "printer"), -1);
    move_checkpoint(world, "printer", -1, 0);
    assert_int_equal(checkpoint_of(world, "printer"), 0);
    assert_int_equal(checkpoint_of(world, "print"), -1);
    assert_int_equal(checkpoint_of(world, "printer2"), -1);
}

static void st_10_a_checkpoint_moves_only_from_where_it_is(void **state)
{
    struct world *world = *state;
    const int64_t wrong[] = {-1, 0, 3, 5, 9};

    move_checkpoint(world, "printer", -1, 0);
    move_checkpoint(world, "printer", 0, 4);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct jangle_checkpoint checkpoint = {
            .subscriber = "printer", .from = wrong[i], .position = 9};

        assert_result(commit_checkpoint(world, &checkpoint), JANGLE_CONFLICT);
        assert_int_equal(checkpoint_of(world, "printer"), 4);
    }
    move_checkpoint(world, "printer", 4, 9);
    assert_int_equal(checkpoint_of(world, "printer"), 9);
}

static void
st_10_a_checkpoint_that_is_not_there_yet_moves_only_from_minus_one(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = 0, .position = 1};

    assert_result(commit_checkpoint(world, &checkpoint), JANGLE_CONFLICT);
    assert_int_equal(checkpoint_of(world, "printer"), -1);
}

static void st_10_a_checkpoint_may_stay_or_go_back(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "printer", -1, 7);
    move_checkpoint(world, "printer", 7, 7);
    move_checkpoint(world, "printer", 7, 2);
    world_reopen(world);
    assert_int_equal(checkpoint_of(world, "printer"), 2);
}

/* ---- ST-19: all checkpoints -------------------------------------------------------- */

static void st_19_every_checkpoint_is_visited_by_name(void **state)
{
    struct world *world = *state;

    assert_string_equal(show_checkpoints(world), "");
    move_checkpoint(world, "printer", -1, 3);
    move_checkpoint(world, "accounts", -1, 5);
    move_checkpoint(world, "sender", -1, 0);
    move_checkpoint(world, "mailer", -1, 1);
    world_reopen(world);
    assert_string_equal(show_checkpoints(world),
                        "accounts=5 mailer=1 printer=3 sender=0");
    move_checkpoint(world, "mailer", 1, 4);
    assert_string_equal(show_checkpoints(world),
                        "accounts=5 mailer=4 printer=3 sender=0");
}

static enum jangle_result check_event_id(void *context,
                                         const struct jangle_checkpoint *checkpoint)
{
    assert_memory_equal(checkpoint->event_id, context, sizeof checkpoint->event_id);
    return JANGLE_OK;
}

static void st_19_a_visited_checkpoint_has_its_event_id(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = -1, .position = 3};

    memset(checkpoint.event_id, 0xcd, sizeof checkpoint.event_id);
    assert_result(commit_checkpoint(world, &checkpoint), JANGLE_OK);
    assert_result(world->store->ops->read_checkpoints(world->store, check_event_id,
                                                      checkpoint.event_id, &world->error),
                  JANGLE_OK);
}

static void st_19_a_visit_of_checkpoints_stops_when_told(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 1};

    move_checkpoint(world, "printer", -1, 3);
    move_checkpoint(world, "accounts", -1, 5);
    assert_result(world->store->ops->read_checkpoints(world->store, count_checkpoint,
                                                      &counting, &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 1);
}

/* ---- ST-18: the steps of a delivery ------------------------------------------ */

static void send(struct world *world,
                 const char *subscriber,
                 int64_t position,
                 const char *type,
                 const char *reply)
{
    struct jangle_delivery_step sent = {.subscriber = subscriber,
                                        .event_position = position,
                                        .step = {.kind = JANGLE_STEP_COMMAND,
                                                 .type = type,
                                                 .result = JANGLE_REJECTED,
                                                 .reply = reply}};

    memset(sent.step.id, type[0], sizeof sent.step.id);
    commit_step(world, &sent);
}

static void st_18_the_steps_of_a_delivery_are_visited_in_their_order(void **state)
{
    struct world *world = *state;

    send(world, "sender", 4, "zebra", NULL);
    send(world, "sender", 4, "ant", "no");
    send(world, "sender", 4, "mole", "never");
    send(world, "sender", 5, "bear", NULL);
    send(world, "mailer", 4, "crow", NULL);
    world_reopen(world);
    assert_string_equal(show_delivery(world, "sender", 4),
                        "zebra=REJECTED() ant=REJECTED(no) mole=REJECTED(never)");
    assert_string_equal(show_delivery(world, "sender", 5), "bear=REJECTED()");
    assert_string_equal(show_delivery(world, "mailer", 4), "crow=REJECTED()");
    assert_string_equal(show_delivery(world, "sender", 3), "");
    assert_string_equal(show_delivery(world, "printer", 4), "");
}

static enum jangle_result check_step(void *context,
                                     const struct jangle_delivery_step *sent)
{
    const struct jangle_delivery_step *expected = context;
    const struct jangle_step *step = &sent->step, *wanted = &expected->step;

    assert_string_equal(sent->subscriber, expected->subscriber);
    assert_int_equal(sent->event_position, expected->event_position);
    assert_memory_equal(step->id, wanted->id, sizeof step->id);
    assert_int_equal(step->kind, wanted->kind);
    assert_string_equal(step->type, wanted->type);
    assert_result(step->result, wanted->result);
    assert_string_equal(step->reply, wanted->reply);
    assert_int_equal(step->position, wanted->position);
    assert_int_equal(step->version, wanted->version);
    return JANGLE_OK;
}

static void st_18_a_step_comes_back_as_it_was_stored(void **state)
{
    struct world *world = *state;
    struct jangle_delivery_step sent = {.subscriber = "sender",
                                        .event_position = 4,
                                        .step = {.kind = JANGLE_STEP_COMMAND,
                                                 .type = "credit",
                                                 .result = JANGLE_NOT_FOUND,
                                                 .reply = "no such \xc3\xa9lan",
                                                 .position = 12,
                                                 .version = 3}};

    for (size_t i = 0; i < sizeof sent.step.id; i++)
        sent.step.id[i] = (unsigned char)(251 * i);
    commit_step(world, &sent);
    world_reopen(world);
    assert_result(world->store->ops->read_delivery(world->store, "sender", 4, check_step,
                                                   &sent, &world->error),
                  JANGLE_OK);
}

static void st_18_a_step_that_was_recorded_is_not_replaced(void **state)
{
    struct world *world = *state;

    send(world, "sender", 4, "credit", "first");
    send(world, "sender", 4, "credit", "second");
    assert_string_equal(show_delivery(world, "sender", 4), "credit=REJECTED(first)");
}

/* What is no longer needed may stay until it is tidied away, but no longer. */
static void tidy_all(struct world *world)
{
    bool more = world->store->ops->tidy != NULL;

    for (int i = 0; more && i < 1000; i++)
        assert_result(
            world->store->ops->tidy(world->store, (jangle_time){0}, &more, &world->error),
            JANGLE_OK);
    assert_false(more);
}

static void st_18_steps_are_kept_until_the_checkpoint_has_passed_their_event(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "sender", -1, 0);
    send(world, "sender", 4, "credit", NULL);
    send(world, "sender", 6, "debit", NULL);
    send(world, "mailer", 4, "mail", NULL);
    move_checkpoint(world, "sender", 0, 3);
    tidy_all(world);
    assert_string_equal(show_delivery(world, "sender", 4), "credit=REJECTED()");
    move_checkpoint(world, "sender", 3, 5);
    tidy_all(world);
    assert_string_equal(show_delivery(world, "sender", 4), "");
    assert_string_equal(show_delivery(world, "sender", 6), "debit=REJECTED()");
    assert_string_equal(show_delivery(world, "mailer", 4), "mail=REJECTED()");
    move_checkpoint(world, "sender", 5, 6);
    tidy_all(world);
    assert_string_equal(show_delivery(world, "sender", 6), "");
}

static void st_18_steps_are_kept_while_their_key_is_parked(void **state)
{
    struct world *world = *state;
    struct jangle_parked parked = {
        .subscriber = "sender", .key = "account/a", .position = 4};
    struct jangle_checkpoint checkpoint = {.subscriber = "sender",
                                           .from = 3,
                                           .position = 9,
                                           .event_id = "",
                                           .parked = &parked,
                                           .parked_count = 1};

    store_events(world, "a", 9);
    move_checkpoint(world, "sender", -1, 3);
    send(world, "sender", 4, "credit", NULL);
    assert_result(commit_checkpoint(world, &checkpoint), JANGLE_OK);
    tidy_all(world);
    world_reopen(world);
    assert_string_equal(show_delivery(world, "sender", 4), "credit=REJECTED()");
    parked.released = true;
    park(world, &parked);
    tidy_all(world);
    assert_string_equal(show_delivery(world, "sender", 4), "");
}

static void st_18_a_visit_of_steps_stops_when_told(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 1};

    send(world, "sender", 4, "credit", NULL);
    send(world, "sender", 4, "debit", NULL);
    assert_result(world->store->ops->read_delivery(world->store, "sender", 4, count_step,
                                                   &counting, &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 1);
}

/* ---- ST-20: another name, or none -------------------------------------------- */

static enum jangle_result
rename_to(struct world *world, const char *subscriber, const char *name)
{
    memset(&world->error, 0, sizeof world->error);
    return world->store->ops->rename(world->store, subscriber, name, &world->error);
}

static void checkpoint_and_park(struct world *world, const char *subscriber)
{
    struct jangle_parked parked = {
        .subscriber = subscriber, .key = "account/a", .position = 2, .next_at = {50}};

    move_checkpoint(world, subscriber, -1, 3);
    park(world, &parked);
    send(world, subscriber, 7, "credit", NULL);
}

static void st_20_all_rows_of_a_subscriber_get_another_name(void **state)
{
    struct world *world = *state;

    checkpoint_and_park(world, "printer");
    checkpoint_and_park(world, "printer2");
    assert_result(rename_to(world, "printer", "plotter"), JANGLE_OK);
    world_reopen(world);
    assert_string_equal(show_checkpoints(world), "plotter=3 printer2=3");
    assert_string_equal(show_parked(world, "plotter", 0, 9), "account/a@2");
    assert_string_equal(show_parked(world, "plotter", 60, 9), "account/a@2");
    assert_string_equal(show_parked(world, "printer", 0, 9), "");
    assert_string_equal(show_delivery(world, "plotter", 7), "credit=REJECTED()");
    assert_string_equal(show_delivery(world, "printer", 7), "");
    assert_string_equal(show_delivery(world, "printer2", 7), "credit=REJECTED()");
    move_checkpoint(world, "plotter", 3, 4);
    move_checkpoint(world, "printer", -1, 0);
}

/* Two sagas called "printer", one of them due at 9, each with a step; and one of another
 * name. */
static void store_sagas(struct world *world)
{
    const struct jangle_step step = {.id = "a step", .type = "print", .reply = ""};
    struct jangle_saga_record saga = {.saga = "printer",
                                      .version = 1,
                                      .state = "{}",
                                      .state_size = 2,
                                      .steps = &step,
                                      .step_count = 1};

    saga.id = "1";
    saga.due_at.us = 9;
    assert_result(commit_saga(world, &saga), JANGLE_OK);
    saga.id = "2";
    saga.due_at.us = 0;
    assert_result(commit_saga(world, &saga), JANGLE_OK);
    saga.saga = "printer2";
    assert_result(commit_saga(world, &saga), JANGLE_OK);
}

static void st_20_the_sagas_of_that_name_go_with_it(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "printer", -1, 3);
    store_sagas(world);
    assert_result(rename_to(world, "printer", "plotter"), JANGLE_OK);
    world_reopen(world);
    assert_string_equal(show_saga(world, "plotter", "1"), "plotter/1@1 print=OK");
    assert_string_equal(show_saga(world, "plotter", "2"), "plotter/2@1 print=OK");
    assert_string_equal(show_saga(world, "printer", "1"), "NOT_FOUND");
    assert_string_equal(show_saga(world, "printer2", "2"), "printer2/2@1 print=OK");
    assert_string_equal(show_due(world, 9, 9), "plotter/1@1");
}

/* Steps of the first one, had they been left, would be its own. */
static void store_sagas_again(struct world *world)
{
    struct jangle_saga_record saga = {
        .saga = "printer", .id = "1", .version = 1, .state = "{}", .state_size = 2};

    assert_result(commit_saga(world, &saga), JANGLE_OK);
}

static void st_20_without_a_name_the_sagas_are_forgotten_too(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "printer", -1, 3);
    store_sagas(world);
    assert_result(rename_to(world, "printer", NULL), JANGLE_OK);
    world_reopen(world);
    assert_string_equal(show_saga(world, "printer", "1"), "NOT_FOUND");
    assert_string_equal(show_saga(world, "printer2", "2"), "printer2/2@1 print=OK");
    assert_string_equal(show_due(world, 9, 9), "");
    store_sagas_again(world);
    assert_string_equal(show_saga(world, "printer", "1"), "printer/1@1");
}

static void st_20_without_a_name_all_rows_are_forgotten(void **state)
{
    struct world *world = *state;

    checkpoint_and_park(world, "printer");
    checkpoint_and_park(world, "mailer");
    assert_result(rename_to(world, "printer", NULL), JANGLE_OK);
    world_reopen(world);
    assert_string_equal(show_checkpoints(world), "mailer=3");
    assert_string_equal(show_parked(world, NULL, 0, 9), "account/a@2");
    assert_string_equal(show_delivery(world, "printer", 7), "");
    assert_string_equal(show_delivery(world, "mailer", 7), "credit=REJECTED()");
    move_checkpoint(world, "printer", -1, 0);
    assert_string_equal(show_parked(world, "printer", 0, 9), "");
}

static void st_20_a_subscriber_without_a_checkpoint_has_no_rows_to_rename(void **state)
{
    struct world *world = *state;

    assert_result(rename_to(world, "printer", "plotter"), JANGLE_NOT_FOUND);
    assert_non_null(strstr(world->error.message, "printer"));
    assert_result(rename_to(world, "printer", NULL), JANGLE_NOT_FOUND);
    assert_string_equal(show_checkpoints(world), "");
}

static void st_20_a_name_that_has_a_checkpoint_is_not_given_again(void **state)
{
    struct world *world = *state;

    checkpoint_and_park(world, "printer");
    move_checkpoint(world, "plotter", -1, 8);
    assert_result(rename_to(world, "printer", "plotter"), JANGLE_CONFLICT);
    assert_string_equal(show_checkpoints(world), "plotter=8 printer=3");
    assert_string_equal(show_parked(world, "printer", 0, 9), "account/a@2");
    assert_string_equal(show_parked(world, "plotter", 0, 9), "");
    assert_result(rename_to(world, "printer", "printer"), JANGLE_CONFLICT);
    assert_int_equal(checkpoint_of(world, "printer"), 3);
}

int store_delivery_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_10_a_checkpoint_is_found_with_what_ties_it_to_the_store),
        WORLD_TEST(st_10_a_checkpoint_says_whether_its_subscriber_is_suspended),
        WORLD_TEST(st_10_a_subscriber_without_a_checkpoint_is_not_found),
        WORLD_TEST(st_10_a_checkpoint_moves_only_from_where_it_is),
        WORLD_TEST(st_10_a_checkpoint_that_is_not_there_yet_moves_only_from_minus_one),
        WORLD_TEST(st_10_a_checkpoint_may_stay_or_go_back),
        WORLD_TEST(st_19_every_checkpoint_is_visited_by_name),
        WORLD_TEST(st_19_a_visited_checkpoint_has_its_event_id),
        WORLD_TEST(st_19_a_visit_of_checkpoints_stops_when_told),
        WORLD_TEST(st_18_the_steps_of_a_delivery_are_visited_in_their_order),
        WORLD_TEST(st_18_a_step_comes_back_as_it_was_stored),
        WORLD_TEST(st_18_a_step_that_was_recorded_is_not_replaced),
        WORLD_TEST(st_18_steps_are_kept_until_the_checkpoint_has_passed_their_event),
        WORLD_TEST(st_18_steps_are_kept_while_their_key_is_parked),
        WORLD_TEST(st_18_a_visit_of_steps_stops_when_told),
        WORLD_TEST(st_20_all_rows_of_a_subscriber_get_another_name),
        WORLD_TEST(st_20_the_sagas_of_that_name_go_with_it),
        WORLD_TEST(st_20_without_a_name_the_sagas_are_forgotten_too),
        WORLD_TEST(st_20_without_a_name_all_rows_are_forgotten),
        WORLD_TEST(st_20_a_subscriber_without_a_checkpoint_has_no_rows_to_rename),
        WORLD_TEST(st_20_a_name_that_has_a_checkpoint_is_not_given_again),
    };

    return world_run("deliveries", tests, sizeof tests / sizeof *tests, backend);
}

/* store_catalogue.c - ST-33 to ST-37: where a command came from, who has the store open,
 * who runs its subscribers, and what its programs are made of. */
#include "contract/store.h"

#include <jangle/version.h>

#include <unistd.h>

/* ---- ST-33 ------------------------------------------------------------------- */

static struct jangle_append command(const char *id, struct jangle_record *record)
{
    return (struct jangle_append){
        .command_id = id,
        .from = {.type = "deposit", .type_version = 3, .cause = 7, .sender = "mailer"},
        .records = record,
        .count = record != NULL,
        .remember_at = {1234567},
        .receipt = {.fingerprint = "a fingerprint!!", .version = 1, .reply = "done"},
    };
}

static enum jangle_result show_command(void *context,
                                       const struct jangle_stored_command *command)
{
    struct world *world = context;
    const struct jangle_command_from *from = &command->from;

    snprintf(world->shown, sizeof world->shown,
             "%s at %lld, position %lld, \"%s\": %s %d of event %lld by %s",
             command->command_id, (long long)command->at.us,
             (long long)command->receipt.position, command->receipt.reply,
             from->type ? from->type : "-", from->type_version, (long long)from->cause,
             from->sender ? from->sender : "-");
    return JANGLE_OK;
}

static const char *show_from(struct world *world, const char *id)
{
    enum jangle_result result = world->store->ops->read_command(
        world->store, id, show_command, world, &world->error);

    return result ? jangle_result_name(result) : world->shown;
}

static void st_33_a_command_keeps_where_it_came_from(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = command("c-1", &record);
    struct jangle_append remembered = command("c-2", NULL);

    assert_result(commit_append(world, &append), JANGLE_OK);
    assert_result(commit_append(world, &remembered), JANGLE_OK);
    world_reopen(world);
    assert_string_equal(
        show_from(world, "c-1"),
        "c-1 at 1700000000000000, position 1, \"done\": deposit 3 of event 7 by mailer");
    assert_string_equal(
        show_from(world, "c-2"),
        "c-2 at 1234567, position 0, \"done\": deposit 3 of event 7 by mailer");
}

static void st_33_what_a_command_does_not_say_is_not_there(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 1);
    struct jangle_append append = command("c-1", &record);

    append.from = (struct jangle_command_from){.type = NULL};
    assert_result(commit_append(world, &append), JANGLE_OK);
    world_reopen(world);
    assert_string_equal(
        show_from(world, "c-1"),
        "c-1 at 1700000000000000, position 1, \"done\": - 0 of event 0 by -");
    assert_string_equal(show_from(world, "c-2"), "NOT_FOUND");
    assert_true(world->error.message[0]);
}

static void st_33_each_command_has_its_own_origin(void **state)
{
    struct world *world = *state;
    struct jangle_append appends[3] = {command("c-1", NULL), command("c-2", NULL),
                                       command("c-3", NULL)};

    appends[1].from.type = "withdraw";
    appends[1].from.sender = "printer";
    appends[2].from.type_version = 4;
    appends[2].from.cause = 8;
    commit_group(world, &(struct jangle_group){.appends = appends, .append_count = 3});
    world_reopen(world);
    assert_string_equal(
        show_from(world, "c-1"),
        "c-1 at 1234567, position 0, \"done\": deposit 3 of event 7 by mailer");
    assert_string_equal(
        show_from(world, "c-2"),
        "c-2 at 1234567, position 0, \"done\": withdraw 3 of event 7 by printer");
    assert_string_equal(
        show_from(world, "c-3"),
        "c-3 at 1234567, position 0, \"done\": deposit 4 of event 8 by mailer");
}

static void st_33_a_repeated_command_keeps_its_first_origin(void **state)
{
    struct world *world = *state;
    struct jangle_append first = command("c-1", NULL), again = command("c-1", NULL);

    assert_result(commit_append(world, &first), JANGLE_OK);
    again.from.sender = "printer";
    again.from.cause = 9;
    assert_result(commit_append(world, &again), JANGLE_OK);
    assert_true(again.repeated);
    assert_string_equal(
        show_from(world, "c-1"),
        "c-1 at 1234567, position 0, \"done\": deposit 3 of event 7 by mailer");
}

static void st_33_a_rename_does_not_change_who_sent_it(void **state)
{
    struct world *world = *state;
    struct jangle_append append = command("c-1", NULL);
    bool unclean;

    move_checkpoint(world, "mailer", -1, 3);
    assert_result(world->store->ops->own(world->store, "mailer", &unclean, &world->error),
                  JANGLE_OK);
    assert_result(commit_append(world, &append), JANGLE_OK);
    world->store->ops->disown(world->store, "mailer", false);
    assert_result(
        world->store->ops->rename(world->store, "mailer", "poster", &world->error),
        JANGLE_OK);
    world_reopen(world);
    assert_string_equal(
        show_from(world, "c-1"),
        "c-1 at 1234567, position 0, \"done\": deposit 3 of event 7 by mailer");
    assert_int_equal(checkpoint_of(world, "poster"), 3);
}

/* ---- ST-34 ------------------------------------------------------------------- */

static enum jangle_result add_session(void *context,
                                      const struct jangle_store_session *session)
{
    struct world *world = context;
    size_t used = strlen(world->shown);

    snprintf(world->shown + used, sizeof world->shown - used, "%s%s %s%s",
             used ? ", " : "", session->program, session->version,
             session->pid == getpid() ? " here" : "");
    if (!session->alive)
        snprintf(world->shown + strlen(world->shown), 10, " died");
    assert_true(session->number > 0);
    assert_true(session->opened_at.us > 0);
    return JANGLE_OK;
}

static const char *show_sessions(struct world *world, struct jangle_store *store)
{
    world->shown[0] = '\0';
    assert_result(store->ops->read_sessions(store, add_session, world, &world->error),
                  JANGLE_OK);
    return world->shown;
}

static void st_34_who_has_it_open_has_a_session(void **state)
{
    struct world *world = *state;

    assert_string_equal(show_sessions(world, world->store),
                        "teller " JANGLE_VERSION " here");
    world_reopen(world);
    assert_string_equal(show_sessions(world, world->store),
                        "teller " JANGLE_VERSION " here");
}

static void st_34_each_process_has_its_own_session(void **state)
{
    struct world *world = *state;
    struct jangle_stores other;

    if (!world->backend->durable)
        skip();
    other = world_open_another(world, world->path);
    assert_string_equal(show_sessions(world, world->store),
                        "teller " JANGLE_VERSION " here, teller " JANGLE_VERSION " here");
    world_close_another(&other);
    assert_string_equal(show_sessions(world, world->store),
                        "teller " JANGLE_VERSION " here");
}

static void do_nothing(struct world *world)
{
    (void)world;
}

static void st_34_who_died_is_shown_until_somebody_recovers(void **state)
{
    struct world *world = *state;
    struct world_mortal mortal;

    if (!world->backend->durable)
        skip();
    mortal = world_beside_a_mortal(world, do_nothing);
    world_let_die(&mortal);
    assert_string_equal(show_sessions(world, world->store),
                        "teller " JANGLE_VERSION " here, teller " JANGLE_VERSION " died");
    world_reopen(world);
    assert_string_equal(show_sessions(world, world->store),
                        "teller " JANGLE_VERSION " here");
}

/* ---- ST-35 ------------------------------------------------------------------- */

struct owners {
    struct world *world;
    int64_t sessions[4];
    int count;
};

static enum jangle_result add_owner(void *context, const struct jangle_store_owner *owner)
{
    struct owners *owners = context;
    char *shown = owners->world->shown;
    size_t used = strlen(shown);

    snprintf(shown + used, sizeof owners->world->shown - used, "%s%s", used ? " " : "",
             owner->subscriber);
    assert_true(owners->count < 4);
    owners->sessions[owners->count++] = owner->session;
    return JANGLE_OK;
}

static const char *show_owners(struct owners *owners, struct world *world)
{
    *owners = (struct owners){.world = world};
    world->shown[0] = '\0';
    assert_result(
        world->store->ops->read_owners(world->store, add_owner, owners, &world->error),
        JANGLE_OK);
    return world->shown;
}

static void own_one(struct jangle_store *store, const char *subscriber)
{
    struct jangle_error error;
    bool unclean;

    assert_result(store->ops->own(store, subscriber, &unclean, &error), JANGLE_OK);
}

static void st_35_who_is_owned_is_visited_by_name(void **state)
{
    struct world *world = *state;
    struct owners owners;

    assert_string_equal(show_owners(&owners, world), "");
    own_one(world->store, "sender");
    own_one(world->store, "mailer");
    own_one(world->store, "printer");
    own_one(world->store, "mailer");
    assert_string_equal(show_owners(&owners, world), "mailer printer sender");
    world->store->ops->disown(world->store, "printer", false);
    assert_string_equal(show_owners(&owners, world), "mailer sender");
    world->store->ops->disown(world->store, "mailer", true);
    assert_string_equal(show_owners(&owners, world), "sender");
    world_reopen(world);
    if (world->backend->durable)
        assert_string_equal(show_owners(&owners, world), "");
}

static enum jangle_result take_number(void *context,
                                      const struct jangle_store_session *session)
{
    int64_t **number = context;

    *(*number)++ = session->number;
    return JANGLE_OK;
}

static void st_35_an_owner_is_named_by_its_session(void **state)
{
    struct world *world = *state;
    struct jangle_stores other;
    struct owners owners;
    int64_t sessions[2] = {0, 0}, *next = sessions;

    if (!world->backend->durable)
        skip();
    other = world_open_another(world, world->path);
    assert_result(
        world->store->ops->read_sessions(world->store, take_number, &next, &world->error),
        JANGLE_OK);
    assert_ptr_equal(next, sessions + 2);
    own_one(world->store, "mailer");
    own_one(other.store, "printer");
    assert_string_equal(show_owners(&owners, world), "mailer printer");
    assert_int_equal(owners.sessions[0], sessions[0]);
    assert_int_equal(owners.sessions[1], sessions[1]);
    world->store->ops->disown(world->store, "mailer", false);
    other.store->ops->disown(other.store, "printer", false);
    own_one(other.store, "mailer");
    assert_string_equal(show_owners(&owners, world), "mailer");
    assert_int_equal(owners.sessions[0], sessions[1]);
    world_close_another(&other);
    assert_string_equal(show_owners(&owners, world), "");
}

static void own_the_printer(struct world *world)
{
    own_one(world->store, "printer");
}

static void st_35_who_died_owns_nothing(void **state)
{
    struct world *world = *state;
    struct owners owners;
    bool unclean;

    if (!world->backend->durable)
        skip();
    world_in_other_processes(world, 1, own_the_printer);
    assert_string_equal(show_owners(&owners, world), "");
    assert_result(
        world->store->ops->own(world->store, "printer", &unclean, &world->error),
        JANGLE_OK);
    assert_true(unclean);
    assert_string_equal(show_owners(&owners, world), "printer");
}

/* ---- ST-36 and ST-37 --------------------------------------------------------- */

static enum jangle_result add_entry(void *context,
                                    const struct jangle_catalogue_entry *entry)
{
    struct world *world = context;
    size_t used = strlen(world->shown);
    char gone[32] = "";

    if (entry->gone_at.us)
        snprintf(gone, sizeof gone, "-%lld", (long long)entry->gone_at.us);
    snprintf(world->shown + used, sizeof world->shown - used, "%s%s:%d/%s@%d=%s[%lld%s]",
             used ? " " : "", entry->program, entry->kind, entry->name, entry->version,
             entry->facts, (long long)entry->first_seen.us, gone);
    return JANGLE_OK;
}

static const char *show_catalogue(struct world *world)
{
    world->shown[0] = '\0';
    assert_result(
        world->store->ops->read_catalogue(world->store, add_entry, world, &world->error),
        JANGLE_OK);
    return world->shown;
}

/* A program with one event, and a view if that has facts. */
static void describe(struct world *world,
                     const char *program,
                     const char *event,
                     const char *view,
                     int64_t at)
{
    const struct jangle_catalogue_entry entries[] = {
        {.kind = JANGLE_CATALOGUE_EVENT, .name = event, .version = 1, .facts = "{}"},
        {.kind = JANGLE_CATALOGUE_VIEW, .name = "board", .facts = view}};

    assert_result(world->store->ops->set_catalogue(world->store, program, entries,
                                                   view ? 2 : 1, (jangle_time){at},
                                                   &world->error),
                  JANGLE_OK);
}

static void st_36_what_a_program_is_made_of_is_kept(void **state)
{
    struct world *world = *state;

    assert_string_equal(show_catalogue(world), "");
    describe(world, "bank", "opened", "{\"file\":1}", 5);
    world_reopen(world);
    assert_string_equal(show_catalogue(world),
                        "bank:3/opened@1={}[5] bank:7/board@0={\"file\":1}[5]");
}

static void st_36_the_same_again_changes_nothing(void **state)
{
    struct world *world = *state;

    describe(world, "bank", "opened", "{\"file\":1}", 5);
    describe(world, "bank", "opened", "{\"file\":1}", 6);
    world_reopen(world);
    describe(world, "bank", "opened", "{\"file\":1}", 7);
    assert_string_equal(show_catalogue(world),
                        "bank:3/opened@1={}[5] bank:7/board@0={\"file\":1}[5]");
}

static void st_36_other_facts_take_the_place_of_the_old_ones(void **state)
{
    struct world *world = *state;

    describe(world, "bank", "opened", "{\"file\":1}", 5);
    describe(world, "bank", "opened", "{\"file\":2}", 6);
    world_reopen(world);
    assert_string_equal(show_catalogue(world),
                        "bank:3/opened@1={}[5] bank:7/board@0={\"file\":2}[5]");
}

static void st_36_what_a_program_has_no_more_is_kept_as_gone(void **state)
{
    struct world *world = *state;

    describe(world, "bank", "opened", "{}", 5);
    describe(world, "bank", "opened", NULL, 6);
    describe(world, "bank", "closed", NULL, 7);
    world_reopen(world);
    assert_string_equal(
        show_catalogue(world),
        "bank:3/closed@1={}[7] bank:3/opened@1={}[5-7] bank:7/board@0={}[5-6]");
    describe(world, "bank", "opened", "{}", 8);
    world_reopen(world);
    assert_string_equal(
        show_catalogue(world),
        "bank:3/closed@1={}[7-8] bank:3/opened@1={}[5] bank:7/board@0={}[5]");
}

static void st_36_a_program_leaves_what_others_have_described(void **state)
{
    struct world *world = *state;

    describe(world, "bank", "opened", "{}", 5);
    describe(world, "mill", "opened", NULL, 6);
    describe(world, "mill", "ground", NULL, 7);
    describe(world, "bank", "opened", "{}", 8);
    world_reopen(world);
    assert_string_equal(show_catalogue(world),
                        "bank:3/opened@1={}[5] mill:3/ground@1={}[7]"
                        " mill:3/opened@1={}[6-7] bank:7/board@0={}[5]");
}

static void describe_the_mill(struct world *world)
{
    describe(world, "mill", "ground", "{}", 6);
}

static void st_36_it_is_durable_and_seen_by_every_process(void **state)
{
    struct world *world = *state;

    if (!world->backend->durable)
        skip();
    world_in_other_processes(world, 1, describe_the_mill);
    assert_string_equal(show_catalogue(world),
                        "mill:3/ground@1={}[6] mill:7/board@0={}[6]");
}

static void st_37_versions_of_a_message_are_visited_in_order(void **state)
{
    struct world *world = *state;
    struct jangle_catalogue_entry entries[] = {
        {.kind = JANGLE_CATALOGUE_COMMAND, .name = "open", .version = 2, .facts = "{}"},
        {.kind = JANGLE_CATALOGUE_EVENT, .name = "opened", .version = 2, .facts = "{}"},
        {.kind = JANGLE_CATALOGUE_EVENT, .name = "opened", .version = 10, .facts = "{}"},
        {.kind = JANGLE_CATALOGUE_CONSUMER, .name = "a", .facts = "{}"}};

    assert_result(world->store->ops->set_catalogue(world->store, "bank", entries, 4,
                                                   (jangle_time){5}, &world->error),
                  JANGLE_OK);
    world_reopen(world);
    assert_string_equal(show_catalogue(world),
                        "bank:2/open@2={}[5] bank:3/opened@2={}[5]"
                        " bank:3/opened@10={}[5] bank:10/a@0={}[5]");
}

static enum jangle_result stop_at_once(void *context,
                                       const struct jangle_catalogue_entry *entry)
{
    int *count = context;

    (void)entry;
    ++*count;
    return JANGLE_CANCELLED;
}

static void st_37_a_visit_of_the_catalogue_stops_when_told(void **state)
{
    struct world *world = *state;
    int count = 0;

    describe(world, "bank", "opened", "{}", 5);
    assert_result(world->store->ops->read_catalogue(world->store, stop_at_once, &count,
                                                    &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(count, 1);
}

int store_catalogue_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_33_a_command_keeps_where_it_came_from),
        WORLD_TEST(st_33_what_a_command_does_not_say_is_not_there),
        WORLD_TEST(st_33_each_command_has_its_own_origin),
        WORLD_TEST(st_33_a_repeated_command_keeps_its_first_origin),
        WORLD_TEST(st_33_a_rename_does_not_change_who_sent_it),
        WORLD_TEST(st_34_who_has_it_open_has_a_session),
        WORLD_TEST(st_34_each_process_has_its_own_session),
        WORLD_TEST(st_34_who_died_is_shown_until_somebody_recovers),
        WORLD_TEST(st_35_who_is_owned_is_visited_by_name),
        WORLD_TEST(st_35_an_owner_is_named_by_its_session),
        WORLD_TEST(st_35_who_died_owns_nothing),
        WORLD_TEST(st_36_what_a_program_is_made_of_is_kept),
        WORLD_TEST(st_36_the_same_again_changes_nothing),
        WORLD_TEST(st_36_other_facts_take_the_place_of_the_old_ones),
        WORLD_TEST(st_36_what_a_program_has_no_more_is_kept_as_gone),
        WORLD_TEST(st_36_a_program_leaves_what_others_have_described),
        WORLD_TEST(st_36_it_is_durable_and_seen_by_every_process),
        WORLD_TEST(st_37_versions_of_a_message_are_visited_in_order),
        WORLD_TEST(st_37_a_visit_of_the_catalogue_stops_when_told),
    };

    return world_run("what it says of itself", tests, sizeof tests / sizeof *tests,
                     backend);
}

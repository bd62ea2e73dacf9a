/* lies_commit.c - lies about commits: ST-1 to ST-4, ST-30 to ST-32, and about the
 * errors of their parts. */
#include "support/stores/lying_store.h"

#include <stdatomic.h>

static enum jangle_result pass_on(struct jangle_store *store,
                                  struct jangle_group *group,
                                  struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->commit(store, group, error);
}

/* ---- ST-1 -------------------------------------------------------------------- */

static enum jangle_result fail_all_for_one(struct jangle_store *store,
                                           struct jangle_group *group,
                                           struct jangle_error *error)
{
    enum jangle_result result = pass_on(store, group, error);
    bool conflict = false;

    for (size_t i = 0; i < group->append_count; i++)
        conflict = conflict || group->appends[i].error.result == JANGLE_CONFLICT;
    for (size_t i = 0; conflict && i < group->append_count; i++)
        group->appends[i].error.result = JANGLE_CONFLICT;
    return result;
}

static enum jangle_result drop_the_last_append(struct jangle_store *store,
                                               struct jangle_group *group,
                                               struct jangle_error *error)
{
    struct jangle_group less = *group;
    struct jangle_append *last;

    if (!group->append_count)
        return pass_on(store, group, error);
    last = &group->appends[--less.append_count];
    last->error.result = JANGLE_OK;
    last->repeated = false;
    return pass_on(store, &less, error);
}

/* ---- ST-2 -------------------------------------------------------------------- */

static enum jangle_result append_whatever_the_head(struct jangle_store *store,
                                                   struct jangle_group *group,
                                                   struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++) {
        for (size_t j = 0; j < group->appends[i].count; j++) {
            if (group->appends[i].records[j].version > 0)
                group->appends[i].records[j].version = 0;
        }
    }
    return pass_on(store, group, error);
}

static enum jangle_result ignore_conditions(struct jangle_store *store,
                                            struct jangle_group *group,
                                            struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].condition_count = 0;
    return pass_on(store, group, error);
}

static enum jangle_result store_half_of_a_conflict(struct jangle_store *store,
                                                   struct jangle_group *group,
                                                   struct jangle_error *error)
{
    enum jangle_result result = pass_on(store, group, error);

    for (size_t i = 0; !result && i < group->append_count; i++) {
        struct jangle_append half = {.records = group->appends[i].records, .count = 1};
        struct jangle_group again = {.appends = &half, .append_count = 1};

        if (group->appends[i].error.result == JANGLE_CONFLICT &&
            group->appends[i].count > 1)
            result = pass_on(store, &again, error);
    }
    return result;
}

static enum jangle_result store_a_command_again(struct jangle_store *store,
                                                struct jangle_group *group,
                                                struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);

    for (size_t i = 0; i < group->append_count; i++) {
        struct jangle_append *append = &group->appends[i];
        struct jangle_receipt receipt;

        if (append->command_id &&
            honest->ops->find_command(honest, append->command_id, &receipt, NULL) ==
                JANGLE_OK) {
            append->command_id = NULL;
            append->records[0].version = 0;
        }
    }
    return pass_on(store, group, error);
}

static enum jangle_result call_it_a_conflict(struct jangle_store *store,
                                             struct jangle_group *group,
                                             struct jangle_error *error)
{
    enum jangle_result result = pass_on(store, group, error);

    for (size_t i = 0; i < group->append_count; i++) {
        if (group->appends[i].error.result == JANGLE_INVALID)
            group->appends[i].error.result = JANGLE_CONFLICT;
    }
    return result;
}

/* ---- ST-3 -------------------------------------------------------------------- */

static bool checkpoint_is_late(struct jangle_store *store,
                               const struct jangle_checkpoint *checkpoint)
{
    struct jangle_store *honest = honest_store(store);
    struct jangle_checkpoint at = {.position = -1};
    enum jangle_result result =
        honest->ops->find_checkpoint(honest, checkpoint->subscriber, &at, NULL);

    return (result ? -1 : at.position) != checkpoint->from;
}

static enum jangle_result fail_appends_for_a_checkpoint(struct jangle_store *store,
                                                        struct jangle_group *group,
                                                        struct jangle_error *error)
{
    struct jangle_group less = *group;

    if (group->checkpoint_count && checkpoint_is_late(store, &group->checkpoints[0]))
        less.append_count = 0;
    for (size_t i = less.append_count; i < group->append_count; i++)
        group->appends[i].error.result = JANGLE_CONFLICT;
    return pass_on(store, &less, error);
}

static enum jangle_result untie_sagas(struct jangle_store *store,
                                      struct jangle_group *group,
                                      struct jangle_error *error)
{
    for (size_t i = 0; i < group->saga_count; i++)
        group->sagas[i].with = NULL;
    return pass_on(store, group, error);
}

/* ---- ST-4 -------------------------------------------------------------------- */

static enum jangle_result store_without_memory(struct jangle_store *store,
                                               struct jangle_group *group,
                                               struct jangle_error *error)
{
    enum jangle_result result = pass_on(store, group, error);

    if (result == JANGLE_NO_MEMORY && pass_on(store, group, NULL))
        return JANGLE_STORAGE;
    return result;
}

static enum jangle_result leave_a_result_unsaid(struct jangle_store *store,
                                                struct jangle_group *group,
                                                struct jangle_error *error)
{
    enum jangle_result before =
        group->checkpoint_count ? group->checkpoints[0].error.result : JANGLE_OK;
    enum jangle_result result = pass_on(store, group, error);

    if (group->checkpoint_count && group->checkpoints[0].error.result == JANGLE_OK)
        group->checkpoints[0].error.result = before;
    return result;
}

/* ---- ST-24 ------------------------------------------------------------------- */

static enum jangle_result refuse_without_a_word(struct jangle_store *store,
                                                struct jangle_group *group,
                                                struct jangle_error *error)
{
    enum jangle_result result = pass_on(store, group, error);

    for (size_t i = 0; i < group->checkpoint_count; i++)
        group->checkpoints[i].error.message[0] = '\0';
    return result;
}

static enum jangle_result tell_the_saga_alone(struct jangle_store *store,
                                              struct jangle_group *group,
                                              struct jangle_error *error)
{
    enum jangle_result result = pass_on(store, group, error);

    for (size_t i = 0; i < group->saga_count; i++) {
        const struct jangle_saga_record *saga = &group->sagas[i];

        if (saga->with && saga->error.result)
            memset(saga->with->error.message, 0, sizeof saga->with->error.message);
    }
    return result;
}

static enum jangle_result leave_an_old_sentence(struct jangle_store *store,
                                                struct jangle_group *group,
                                                struct jangle_error *error)
{
    struct jangle_error before = {0};
    enum jangle_result result;

    if (group->step_count)
        before = group->steps[0].error;
    result = pass_on(store, group, error);
    if (group->step_count)
        memcpy(group->steps[0].error.message, before.message, sizeof before.message);
    return result;
}

/* ---- clauses of what is committed -------------------------------------------- */

static enum jangle_result checkpoint_from_anywhere(struct jangle_store *store,
                                                   struct jangle_group *group,
                                                   struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);

    for (size_t i = 0; i < group->checkpoint_count; i++) {
        struct jangle_checkpoint at = {.position = -1};
        enum jangle_result result = honest->ops->find_checkpoint(
            honest, group->checkpoints[i].subscriber, &at, NULL);

        group->checkpoints[i].from = result ? -1 : at.position;
    }
    return pass_on(store, group, error);
}

static enum jangle_result forget_steps(struct jangle_store *store,
                                       struct jangle_group *group,
                                       struct jangle_error *error)
{
    struct jangle_group less = *group;

    less.step_count = 0;
    return pass_on(store, &less, error);
}

static enum jangle_result park_nothing(struct jangle_store *store,
                                       struct jangle_group *group,
                                       struct jangle_error *error)
{
    for (size_t i = 0; i < group->checkpoint_count; i++)
        group->checkpoints[i].parked_count = 0;
    return pass_on(store, group, error);
}

static enum jangle_result lose_steps_of_sagas(struct jangle_store *store,
                                              struct jangle_group *group,
                                              struct jangle_error *error)
{
    for (size_t i = 0; i < group->saga_count; i++)
        group->sagas[i].step_count = 0;
    return pass_on(store, group, error);
}

/* ---- ST-25 ------------------------------------------------------------------- */

static enum jangle_result remember_nothing(struct jangle_store *store,
                                           struct jangle_group *group,
                                           struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].remember_at = (jangle_time){0};
    return pass_on(store, group, error);
}

static enum jangle_result remember_all(struct jangle_store *store,
                                       struct jangle_group *group,
                                       struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].remember_at = (jangle_time){1};
    return pass_on(store, group, error);
}

/* ---- ST-30 ------------------------------------------------------------------- */

static enum jangle_result untie_checkpoints(struct jangle_store *store,
                                            struct jangle_group *group,
                                            struct jangle_error *error)
{
    for (size_t i = 0; i < group->checkpoint_count; i++)
        group->checkpoints[i].with_count = 0;
    return pass_on(store, group, error);
}

/* A repeated append is OK, so whoever looks at that alone moves the checkpoint. */
static enum jangle_result move_with_a_repeated_append(struct jangle_store *store,
                                                      struct jangle_group *group,
                                                      struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    struct jangle_receipt receipt;

    for (size_t i = 0; i < group->checkpoint_count; i++) {
        struct jangle_checkpoint *checkpoint = &group->checkpoints[i];

        while (checkpoint->with_count && checkpoint->with->command_id &&
               honest->ops->find_command(honest, checkpoint->with->command_id, &receipt,
                                         NULL) == JANGLE_OK) {
            checkpoint->with++;
            checkpoint->with_count--;
        }
    }
    return pass_on(store, group, error);
}

static enum jangle_result look_at_one_append(struct jangle_store *store,
                                             struct jangle_group *group,
                                             struct jangle_error *error)
{
    for (size_t i = 0; i < group->checkpoint_count; i++)
        if (group->checkpoints[i].with_count)
            group->checkpoints[i].with_count = 1;
    return pass_on(store, group, error);
}

/* ---- ST-31 ------------------------------------------------------------------- */

static enum jangle_result tell_no_epoch(struct jangle_store *store,
                                        struct jangle_group *group,
                                        struct jangle_error *error)
{
    struct jangle_group untold = *group;
    enum jangle_result result = pass_on(store, &untold, error);

    group->epoch = 0;
    return result;
}

/* As one that knows it from its opening, and does not read it again. */
static enum jangle_result tell_the_first_epoch(struct jangle_store *store,
                                               struct jangle_group *group,
                                               struct jangle_error *error)
{
    struct lying_store *lying = lying_store_of(store);
    enum jangle_result result = pass_on(store, group, error);
    int none = 0;

    if (!result &&
        !atomic_compare_exchange_strong(&lying->calls, &none, (int)group->epoch))
        group->epoch = none;
    return result;
}

static enum jangle_result store_of_any_epoch(struct jangle_store *store,
                                             struct jangle_group *group,
                                             struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].epoch = 0;
    return pass_on(store, group, error);
}

/* An epoch that was before is not wrong to who looks only for those to come. */
static enum jangle_result store_of_earlier_epochs(struct jangle_store *store,
                                                  struct jangle_group *group,
                                                  struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch;

    if (honest->ops->identify(honest, id, &epoch, NULL))
        return pass_on(store, group, error);
    for (size_t i = 0; i < group->append_count; i++)
        if (group->appends[i].epoch < epoch)
            group->appends[i].epoch = 0;
    return pass_on(store, group, error);
}

static enum jangle_result forget_repeated_of_another_epoch(struct jangle_store *store,
                                                           struct jangle_group *group,
                                                           struct jangle_error *error)
{
    enum jangle_result result = pass_on(store, group, error);

    for (size_t i = 0; !result && i < group->append_count; i++) {
        struct jangle_append *append = &group->appends[i];

        if (!append->repeated || !append->epoch || append->epoch == group->epoch)
            continue;
        append->repeated = false;
        jangle_error_set(&append->error, JANGLE_CONFLICT, "of another epoch");
    }
    return result;
}

/* ---- ST-32 ------------------------------------------------------------------- */

static enum jangle_result untie_appends(struct jangle_store *store,
                                        struct jangle_group *group,
                                        struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].tied = false;
    return pass_on(store, group, error);
}

static enum jangle_result tie_two_at_most(struct jangle_store *store,
                                          struct jangle_group *group,
                                          struct jangle_error *error)
{
    for (size_t i = 1; i < group->append_count; i++)
        group->appends[i].tied &= !group->appends[i - 1].tied;
    return pass_on(store, group, error);
}

static enum jangle_result ignore_what_nothing_depends_on(struct jangle_store *store,
                                                         struct jangle_group *group,
                                                         struct jangle_error *error)
{
    for (size_t i = 0; i < group->append_count; i++)
        if (!group->appends[i].count)
            group->appends[i].condition_count = 0;
    return pass_on(store, group, error);
}

/* As one that looks an id up, finds it, and goes on with the next append. */
static enum jangle_result store_a_chain_beside_a_receipt(struct jangle_store *store,
                                                         struct jangle_group *group,
                                                         struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    struct jangle_receipt receipt;

    for (size_t i = 0; i + 1 < group->append_count; i++) {
        struct jangle_append *append = &group->appends[i];

        if (append->command_id && group->appends[i + 1].tied &&
            honest->ops->find_command(honest, append->command_id, &receipt, NULL) ==
                JANGLE_OK)
            append->command_id = NULL;
    }
    return pass_on(store, group, error);
}

const struct lie lies_commit[] = {
    {"ST-1", "fails all appends of a group for one",
     .store = {.commit = fail_all_for_one}},
    {"ST-1", "says OK and drops the last append",
     .store = {.commit = drop_the_last_append}},
    {"ST-2", "appends whatever the head is",
     .store = {.commit = append_whatever_the_head}},
    {"ST-2", "ignores conditions", .store = {.commit = ignore_conditions}},
    {"ST-2", "stores half of what conflicts",
     .store = {.commit = store_half_of_a_conflict}},
    {"ST-2", "stores a command again", .store = {.commit = store_a_command_again}},
    {"ST-2", "calls a conflict what is invalid", .store = {.commit = call_it_a_conflict}},
    {"ST-3", "fails an append for a late checkpoint",
     .store = {.commit = fail_appends_for_a_checkpoint}},
    {"ST-3", "stores a saga without the append it names",
     .store = {.commit = untie_sagas}},
    {"ST-4", "says NO_MEMORY and stores", .store = {.commit = store_without_memory}},
    {"ST-4", "says OK and leaves a result unsaid",
     .store = {.commit = leave_a_result_unsaid}},
    {"ST-24", "refuses a checkpoint without a word",
     .store = {.commit = refuse_without_a_word}},
    {"ST-24", "tells why to a saga, and not to its append",
     .store = {.commit = tell_the_saga_alone}},
    {"ST-24", "leaves an old sentence at what is stored",
     .store = {.commit = leave_an_old_sentence}},
    {"ST-25", "forgets what stored nothing", .store = {.commit = remember_nothing}},
    {"ST-25", "remembers whatever stored nothing", .store = {.commit = remember_all}},
    {"ST-30", "moves a checkpoint whatever becomes of its appends",
     .store = {.commit = untie_checkpoints}},
    {"ST-30", "moves a checkpoint with an append of before",
     .store = {.commit = move_with_a_repeated_append}},
    {"ST-30", "looks at the first append alone", .store = {.commit = look_at_one_append}},
    {"ST-31", "tells no epoch", .store = {.commit = tell_no_epoch}},
    {"ST-31", "tells the epoch of its opening without end", .in_file = true,
     .store = {.commit = tell_the_first_epoch}},
    {"ST-31", "stores what was decided in any epoch",
     .store = {.commit = store_of_any_epoch}},
    {"ST-31", "stores what was decided in an earlier epoch", .in_file = true,
     .store = {.commit = store_of_earlier_epochs}},
    {"ST-31", "refuses a repeated command of another epoch",
     .store = {.commit = forget_repeated_of_another_epoch}},
    {"ST-32", "stores what it can of a chain", .store = {.commit = untie_appends}},
    {"ST-32", "ties an append to one other at most",
     .store = {.commit = tie_two_at_most}},
    {"ST-32", "ignores what an append of nothing depends on in its chain",
     .store = {.commit = ignore_what_nothing_depends_on}},
    {"ST-32", "stores a chain of which one command is stored already",
     .store = {.commit = store_a_chain_beside_a_receipt}},
    {"ST-10", "moves a checkpoint from anywhere",
     .store = {.commit = checkpoint_from_anywhere}},
    {"ST-11", "parks nothing", .store = {.commit = park_nothing}},
    {"ST-12", "loses the steps of a saga", .store = {.commit = lose_steps_of_sagas}},
    {"ST-18", "forgets the steps of a delivery", .store = {.commit = forget_steps}},
    {0},
};

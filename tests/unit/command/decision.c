/* decision.c - what a decider may say, and how it comes out. */
#include "command/decision.h"

#include "base/error.h"
#include "support/domains/addresses.h"
#include "support/failing_allocator.h"
#include "support/long_text.h"
#include "support/test.h"

#include <string.h>

static void a_reason_is_cut_between_two_characters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 8; lead++) {
        char reason[400];
        struct jangle_error error = {0};
        struct jangle_decision decision = {.error = &error};

        long_text_fill(reason, sizeof reason, lead);
        assert_result(jangle_reject(&decision, "%s", reason), JANGLE_REJECTED);
        assert_cut_between_characters(error.message, reason);
    }
}

static void a_reason_that_just_fits_is_told_whole(void **state)
{
    struct jangle_error error = {0};
    struct jangle_decision decision = {.error = &error};
    char reason[sizeof error.message];

    (void)state;
    memset(reason, 'r', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    jangle_reject(&decision, "%s", reason);
    assert_string_equal(error.message, reason);
}

static void the_first_reason_sticks(void **state)
{
    struct jangle_error error = {0};
    struct jangle_decision decision = {.error = &error};

    (void)state;
    assert_result(jangle_reject(&decision, "first: %d", 1), JANGLE_REJECTED);
    assert_result(jangle_reject(&decision, "second: %d", 2), JANGLE_REJECTED);
    assert_result(error.result, JANGLE_REJECTED);
    assert_string_equal(error.message, "first: 1");
}

/* Not a byte is to be had, and yet there is a state to look at. */
static void without_memory_a_state_is_the_initial_one(void **state)
{
    struct failing_allocator working, failing;
    struct jangle_config config = {.aggregates = address_aggregates};
    struct jangle_command command = {.type = &claim_address, .aggregate_id = "ben"};
    struct jn_loader loader = {.allocator = &failing.allocator};
    struct jangle_error error = {0};
    struct jangle_arena arena;
    struct jn_registry registry;
    struct jangle_decision decision = {.registry = &registry,
                                       .aggregate = &person_aggregate,
                                       .command = &command,
                                       .loader = &loader,
                                       .look_limit = 8,
                                       .arena = &arena,
                                       .error = &error};
    const struct address_state *address;

    (void)state;
    failing_allocator_init(&working, 0);
    failing_allocator_init(&failing, 1);
    failing.for_good = true;
    assert_result(jn_registry_init(&registry, &config, &working.allocator, NULL),
                  JANGLE_OK);
    jn_arena_init(&arena, &failing.allocator);
    address = jangle_state_of(&decision, &address_aggregate, "a");
    assert_non_null(address);
    assert_string_equal(address->owner, "");
    assert_result(decision.result, JANGLE_NO_MEMORY);
    assert_result(error.result, JANGLE_NO_MEMORY);
    assert_int_equal(decision.looks.count, 0);
    jn_arena_finish(&arena);
    jn_registry_finish(&registry);
    assert_int_equal(working.pieces, 0);
}

/* What ben decides, without a registry: any aggregate may be emitted to. */
static void decide_for_ben(jangle_decide_fn *decide, struct jangle_error *error)
{
    struct failing_allocator memory;
    struct jangle_command command = {.type = &claim_address, .aggregate_id = "ben"};
    struct jangle_arena arena;
    struct jangle_decision decision = {.limits = &jn_limits_default,
                                       .aggregate = &person_aggregate,
                                       .command = &command,
                                       .arena = &arena,
                                       .error = error};

    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    assert_result(jn_decision_make(&decision, decide, NULL), JANGLE_INVALID);
    assert_int_equal(decision.emissions.count, 0);
    jn_arena_finish(&arena);
    assert_int_equal(memory.pieces, 0);
}

static enum jangle_result emit_to_nobody(struct jangle_decision *decision,
                                         const void *data,
                                         const struct jangle_command *command)
{
    const struct jangle_aggregate *nobody = NULL;

    (void)data, (void)command;
    return jangle_emit_to(decision, nobody, "a", address_got, .address = "a");
}

static enum jangle_result emit_to_nobody_and_no_id(struct jangle_decision *decision,
                                                   const void *data,
                                                   const struct jangle_command *command)
{
    const struct jangle_aggregate *nobody = NULL;
    const char *no_id = NULL;

    (void)data, (void)command;
    return jangle_emit_to(decision, nobody, no_id, address_got, .address = "a");
}

static enum jangle_result emit_new_to_nobody(struct jangle_decision *decision,
                                             const void *data,
                                             const struct jangle_command *command)
{
    const struct jangle_aggregate *nobody = NULL;

    (void)data, (void)command;
    return jangle_emit_new(decision, nobody, "a", address_got, .address = "a");
}

/* It was taken for the decider's own stream, or ended the program. */
static void an_event_for_an_aggregate_that_is_null_is_refused(void **state)
{
    static jangle_decide_fn *const deciders[] = {emit_to_nobody, emit_to_nobody_and_no_id,
                                                 emit_new_to_nobody};

    (void)state;
    for (size_t i = 0; i < sizeof deciders / sizeof *deciders; i++) {
        struct jangle_error error = {0};

        decide_for_ben(deciders[i], &error);
        assert_string_equal(error.message,
                            "person emits address_got to an aggregate that is NULL, or "
                            "has no name");
    }
}

/* ---- a state that is larger than what can be handed out without memory -------- */

struct line {
    int64_t a, b, c, d, e, f, g, h;
};

struct sheet {
    struct line a, b, c, d, e, f, g, h;
};

struct atlas {
    struct sheet a, b, c, d, e, f, g, h, i;
};

_Static_assert(sizeof(struct atlas) > 4096, "too large for look.c without memory");

static JANGLE_STRUCT(line, a, b, c, d, e, f, g, h);
static JANGLE_STRUCT(sheet,
                     nested(a, line),
                     nested(b, line),
                     nested(c, line),
                     nested(d, line),
                     nested(e, line),
                     nested(f, line),
                     nested(g, line),
                     nested(h, line));
static JANGLE_STRUCT(atlas,
                     nested(a, sheet),
                     nested(b, sheet),
                     nested(c, sheet),
                     nested(d, sheet),
                     nested(e, sheet),
                     nested(f, sheet),
                     nested(g, sheet),
                     nested(h, sheet),
                     nested(i, sheet));

static const struct jangle_aggregate atlas_aggregate = {.name = "atlas", .state = &atlas};

/* Goes on as if nothing had happened. */
static enum jangle_result look_at_an_atlas(struct jangle_decision *decision,
                                           const void *data,
                                           const struct jangle_command *command)
{
    const struct atlas *seen = jangle_state_of(decision, &atlas_aggregate, "a");

    (void)data, (void)command;
    assert_int_equal(decision->result, JANGLE_INVALID);
    if (seen)
        assert_memory_equal(seen, &(struct atlas){0}, sizeof *seen);
    return JANGLE_OK;
}

static void without_memory_for_an_unknown_state_the_command_fails(void **state)
{
    struct failing_allocator working, failing;
    struct jangle_config config = {.aggregates = address_aggregates};
    struct jangle_command command = {.type = &claim_address, .aggregate_id = "ben"};
    struct jn_registry registry;

    (void)state;
    failing_allocator_init(&working, 0);
    assert_result(jn_registry_init(&registry, &config, &working.allocator, NULL),
                  JANGLE_OK);
    failing_allocator_init(&failing, 0);
    for (int64_t at = 1; at == 1 || failing.failed; at++) {
        struct jangle_error error = {0};
        struct jangle_arena arena;
        struct jangle_decision decision = {.registry = &registry,
                                           .aggregate = &person_aggregate,
                                           .command = &command,
                                           .arena = &arena,
                                           .error = &error};
        enum jangle_result result;

        failing_allocator_arm(&failing, at);
        jn_arena_init(&arena, &failing.allocator);
        result = jn_decision_make(&decision, look_at_an_atlas, NULL);
        assert_result(result, failing.failed ? JANGLE_NO_MEMORY : JANGLE_INVALID);
        assert_result(error.result, result);
        jn_arena_finish(&arena);
        assert_int_equal(failing.pieces, 0);
    }
    jn_registry_finish(&registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_is_cut_between_two_characters),
        cmocka_unit_test(a_reason_that_just_fits_is_told_whole),
        cmocka_unit_test(the_first_reason_sticks),
        cmocka_unit_test(without_memory_a_state_is_the_initial_one),
        cmocka_unit_test(an_event_for_an_aggregate_that_is_null_is_refused),
        cmocka_unit_test(without_memory_for_an_unknown_state_the_command_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* spec_others.c - given, when, then for decisions that look at other aggregates. */
#include "support/domains/addresses.h"
#include "support/domains/complaints.h"
#include "support/domains/errand.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include "testing/spec.h"
#include "testing/spec_open.h"

static struct jangle_spec *spec;

static int open_spec(void **state)
{
    (void)state;
    spec = jangle_spec_aggregate(&person_aggregate, "ben");
    return 0;
}

static void a_state_of_which_nothing_is_given_is_the_initial_one(void **state)
{
    (void)state;
    jangle_when(spec, claim_address, .person_id = "ben", .address = "a");
    jangle_then(spec, address_got, .address = "a");
    jangle_then_to(spec, &address_aggregate, "a", address_claimed, .person_id = "ben");
    jangle_then_state(spec, person_state, .count = 1);
    assert_int_equal(jangle_spec_close(spec), 0);
}

static void what_is_given_of_another_is_looked_at(void **state)
{
    (void)state;
    jangle_given_of(spec, &address_aggregate, "a", address_claimed, .person_id = "ann");
    jangle_given_of(spec, &address_aggregate, "b", address_claimed, .person_id = "cora");
    jangle_when(spec, claim_address, .person_id = "ben", .address = "a");
    jangle_then_rejected(spec, "ann has it");
    jangle_given_of(spec, &address_aggregate, "a", address_released, .person_id = "ann");
    jangle_given_of(spec, &address_aggregate, "a", address_claimed, .person_id = "dan");
    jangle_when(spec, claim_address, .person_id = "ben", .address = "a");
    jangle_then_rejected(spec, "dan has it");
    assert_int_equal(jangle_spec_close(spec), 0);
}

static void what_was_emitted_elsewhere_has_happened(void **state)
{
    (void)state;
    jangle_when(spec, claim_address, .person_id = "ben", .address = "a");
    jangle_then(spec, address_got, .address = "a");
    jangle_then_to(spec, &address_aggregate, "a", address_claimed, .person_id = "ben");
    jangle_when(spec, whose_address, .person_id = "ben", .address = "a");
    jangle_then_reply(spec, "ben");
    jangle_when(spec, begin_club, .person_id = "ben", .club = "chess", .address = "a");
    jangle_then_to(spec, &club_aggregate, "chess", club_begun, .person_id = "ben");
    jangle_when(spec, begin_club, .person_id = "ben", .club = "chess", .address = "a");
    jangle_then_rejected(spec, "club/chess exists already");
    assert_int_equal(jangle_spec_close(spec), 0);
}

static void what_is_given_of_the_own_stream_is_given(void **state)
{
    (void)state;
    jangle_given_of(spec, &person_aggregate, "ben", address_got, .address = "a");
    jangle_given_of(spec, &person_aggregate, "ann", address_got, .address = "b");
    jangle_then_state(spec, person_state, .count = 1);
    jangle_when(spec, look_around, .person_id = "ben", .count = 8);
    jangle_then_reply(spec, "8");
    jangle_when(spec, look_around, .person_id = "ben", .count = 9);
    jangle_then_invalid(spec, "config.look_count");
    assert_int_equal(jangle_spec_close(spec), 0);
}

static void what_cannot_be_looked_at_is_named(void **state)
{
    (void)state;
    jangle_when(spec, look_wrongly, .person_id = "ben", .how = "no aggregate");
    jangle_then_invalid(spec, "an aggregate that is NULL");
    jangle_when(spec, look_wrongly, .person_id = "ben", .how = "long id");
    jangle_then_invalid(spec, "1..200 bytes");
    assert_int_equal(jangle_spec_close(spec), 0);
}

static int give_an_event_of_others(void)
{
    open_spec(NULL);
    jangle_given_of(spec, &address_aggregate, "a", address_got, .address = "a");
    return jangle_spec_close(spec);
}

static int give_to_a_saga(void)
{
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_given_of(spec, &address_aggregate, "a", address_claimed, .person_id = "ann");
    return jangle_spec_close(spec);
}

static void what_is_given_wrongly_is_complained_of(void **state)
{
    (void)state;
    assert_complaint(give_an_event_of_others,
                     "address_got is not among the events of address");
    assert_complaint(give_to_a_saga, "jangle_given_of is for aggregates");
}

/* Wherever memory runs out: it is complained of, or all is as it should be. */
static int claim_what_is_taken(void)
{
    jangle_given_of(spec, &address_aggregate, "a", address_claimed, .person_id = "ann");
    jangle_when(spec, claim_address, .person_id = "ben", .address = "a");
    jangle_then_rejected(spec, "ann has it");
    return jangle_spec_close(spec);
}

static void memory_may_run_out_anywhere(void **state)
{
    struct failing_allocator memory;
    struct jangle_host host = {.logger = jangle_logger_none()};
    const struct jn_spec_subject ben = {.aggregate = &person_aggregate, .id = "ben"};
    int complaints;
    int64_t at = 1;

    (void)state;
    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    do {
        failing_allocator_arm(&memory, at++);
        spec = jn_spec_open(&host, &ben);
        complaints = complaints_of(claim_what_is_taken);
        assert_true(complaints || !memory.failed);
        assert_int_equal(memory.pieces, 0);
    } while (memory.failed);
    assert_int_equal(complaints, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_state_of_which_nothing_is_given_is_the_initial_one,
                               open_spec),
        cmocka_unit_test_setup(what_is_given_of_another_is_looked_at, open_spec),
        cmocka_unit_test_setup(what_was_emitted_elsewhere_has_happened, open_spec),
        cmocka_unit_test_setup(what_is_given_of_the_own_stream_is_given, open_spec),
        cmocka_unit_test_setup(what_cannot_be_looked_at_is_named, open_spec),
        cmocka_unit_test(what_is_given_wrongly_is_complained_of),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

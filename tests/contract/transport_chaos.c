/* transport_chaos.c - the contract of transports, tried on a broker that could have
 * faults and has none: what it adds to the calls changes nothing. */
#include "support/parcels.h"

#include <jangle/messaging.h>
#include <jangle/testing_transport.h>
#include <jangle/transport/chaos.h>

struct chaos_world {
    struct jangle_hub *hub;
    struct moved_clock clock;
};

static bool world_stop(void *context)
{
    jangle_hub_stop(((struct chaos_world *)context)->hub);
    return true;
}

static bool world_start(void *context)
{
    jangle_hub_start(((struct chaos_world *)context)->hub);
    return true;
}

static bool world_pass(void *context, int64_t ms)
{
    ((struct chaos_world *)context)->clock.us += ms * 1000;
    return true;
}

static void try_without_faults(struct jangle_broker (*broker_of)(struct jangle_hub *hub))
{
    static const struct jangle_chaos none = {.seed = 1};
    struct chaos_world world = {.clock = {.us = 1000000}};
    struct jangle_transport_trial trial = {.prefix = "chaos-",
                                           .stop = world_stop,
                                           .start = world_start,
                                           .pass = world_pass,
                                           .context = &world};
    struct jangle_broker inner;
    struct jangle_chaos_options options = {&inner, &none};

    trial.host.clock = moved_clock_of(&world.clock);
    world.hub = jangle_hub_open(&trial.host);
    assert_non_null(world.hub);
    inner = broker_of(world.hub);
    trial.broker = jangle_chaos_broker(&options);
    assert_int_equal(jangle_try_transport(&trial), 0);
    jangle_hub_close(world.hub);
}

static void without_faults_a_hub_of_queues_keeps_the_contract(void **state)
{
    (void)state;
    try_without_faults(jangle_hub_broker);
}

static void without_faults_a_hub_of_logs_keeps_the_contract(void **state)
{
    (void)state;
    try_without_faults(jangle_hub_log_broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_a_hub_of_queues_keeps_the_contract),
        cmocka_unit_test(without_faults_a_hub_of_logs_keeps_the_contract),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* hub_scene.h - a hub with two transports of its broker, a clock that the test moves, and
 * memory that is counted. */
#ifndef HUB_SCENE_H
#define HUB_SCENE_H

#include "support/parcels.h"
#include "support/test_host.h"

#include <jangle/messaging.h>

struct hub_scene {
    struct test_host host;
    struct moved_clock clock;
    struct jangle_hub *hub;
    struct jangle_transport *one, *two;
};

/* cmocka's: the queue "orders", with a retry queue and a dead-letter queue, is bound to
 * all routes of the topic "shop". */
int hub_scene_setup(void **state);
int hub_scene_setup_logs(void **state);

/* It fails if a piece of memory was not given back. */
int hub_scene_teardown(void **state);

void pass_ms(struct hub_scene *scene, int64_t ms);

enum jangle_result again(struct jangle_transport *transport,
                         const struct jangle_parcel *parcel,
                         int64_t delay_ms,
                         int attempts);
enum jangle_result bury(struct jangle_transport *transport,
                        const struct jangle_parcel *parcel,
                        const char *reason);

#define HUB_TEST(name)                                                                   \
    cmocka_unit_test_setup_teardown(name, hub_scene_setup, hub_scene_teardown)
#define LOG_TEST(name)                                                                   \
    cmocka_unit_test_setup_teardown(name, hub_scene_setup_logs, hub_scene_teardown)

#endif

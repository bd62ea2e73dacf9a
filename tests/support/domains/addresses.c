/* addresses.c - persons who claim and release addresses, and lamps. */
#include "support/domains/addresses.h"

#include <stdio.h>
#include <string.h>

JANGLE_COMMAND(claim_address, person_id, address);
JANGLE_COMMAND(release_address, person_id, address);
JANGLE_COMMAND(hand_address, person_id, address, to);
JANGLE_COMMAND(whose_address, person_id, address);
JANGLE_COMMAND(begin_club, person_id, club, address);
JANGLE_COMMAND(look_around, person_id, count);
JANGLE_COMMAND(look_wrongly, person_id, how);
JANGLE_COMMAND(seize_address, address, to);
JANGLE_COMMAND(turn_on, lamp_id, other_id);
JANGLE_COMMAND(turn_off, lamp_id);

JANGLE_EVENT(address_got, address);
JANGLE_EVENT(address_given, address);
JANGLE_EVENT(address_claimed, person_id);
JANGLE_EVENT(address_released, person_id);
JANGLE_EVENT(club_begun, person_id);
JANGLE_EVENT(lamp_on, nothing);
JANGLE_EVENT(lamp_off, nothing);

JANGLE_STRUCT(person_state, count);
JANGLE_STRUCT(address_state, owner, claims);
JANGLE_STRUCT(lamp_state, on);

void (*addresses_meanwhile)(void);
_Atomic int64_t addresses_looked;
const void *addresses_handed;

static const struct address_state *look_at(struct jangle_decision *decision,
                                           const char *address)
{
    const struct address_state *found =
        jangle_state_of(decision, &address_aggregate, address);
    void (*meanwhile)(void) = addresses_meanwhile;

    addresses_looked++;
    if (meanwhile) {
        addresses_meanwhile = NULL;
        meanwhile();
    }
    return found;
}

/* ---- persons ----------------------------------------------------------------- */

static enum jangle_result decide_claim(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct claim_address *claim = command->data;
    const struct address_state *address = look_at(decision, claim->address);

    (void)state;
    if (address->owner[0])
        return jangle_reject(decision, "%s has it", address->owner);
    jangle_emit(decision, address_got, .address = claim->address);
    return jangle_emit_to(decision, &address_aggregate, claim->address, address_claimed,
                          .person_id = claim->person_id);
}

static enum jangle_result decide_release(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct release_address *release = command->data;
    const struct address_state *address = look_at(decision, release->address);

    (void)state;
    if (strcmp(address->owner, release->person_id) != 0)
        return jangle_reject(decision, "it is not yours");
    jangle_emit(decision, address_given, .address = release->address);
    return jangle_emit_to(decision, &address_aggregate, release->address,
                          address_released, .person_id = release->person_id);
}

static enum jangle_result decide_hand(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct hand_address *hand = command->data;
    const struct address_state *address = look_at(decision, hand->address);

    (void)state;
    if (strcmp(address->owner, hand->person_id) != 0)
        return jangle_reject(decision, "it is not yours");
    jangle_emit(decision, address_given, .address = hand->address);
    jangle_emit_to(decision, &address_aggregate, hand->address, address_released,
                   .person_id = hand->person_id);
    jangle_emit_to(decision, &address_aggregate, hand->address, address_claimed,
                   .person_id = hand->to);
    return jangle_emit_to(decision, &person_aggregate, hand->to, address_got,
                          .address = hand->address);
}

static enum jangle_result decide_whose(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct whose_address *whose = command->data;
    const struct address_state *address = look_at(decision, whose->address);

    (void)state;
    return jangle_reply(decision, "%s", address->owner[0] ? address->owner : "nobody");
}

static enum jangle_result decide_club(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct begin_club *begin = command->data;
    const struct address_state *address = look_at(decision, begin->address);

    (void)state;
    if (strcmp(address->owner, begin->person_id) != 0)
        return jangle_reject(decision, "it is not yours");
    return jangle_emit_new(decision, &club_aggregate, begin->club, club_begun,
                           .person_id = begin->person_id);
}

static enum jangle_result decide_look_around(struct jangle_decision *decision,
                                             const void *state,
                                             const struct jangle_command *command)
{
    const struct look_around *look = command->data;
    char id[20];

    for (int64_t i = 0; i < look->count; i++) {
        const void *first;

        snprintf(id, sizeof id, "%d", (int)i);
        first = jangle_state_of(decision, &address_aggregate, id);
        if (first != jangle_state_of(decision, &address_aggregate, id) || !first)
            return jangle_reject(decision, "%s is in two places", id);
    }
    if (jangle_state_of(decision, &person_aggregate, look->person_id) != state)
        return jangle_reject(decision, "there are two of me");
    return jangle_reply(decision, "%d", (int)look->count);
}

static enum jangle_result decide_wrongly(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    struct jangle_aggregate stranger = address_aggregate;
    const char *how = ((const struct look_wrongly *)command->data)->how;
    const struct jangle_aggregate *aggregate = &address_aggregate;
    char id[300] = "a";

    (void)state;
    if (!strcmp(how, "stranger") || !strcmp(how, "nameless"))
        aggregate = &stranger;
    if (!strcmp(how, "nameless"))
        stranger.name = NULL;
    if (!strcmp(how, "no aggregate"))
        aggregate = NULL;
    if (!strcmp(how, "empty id"))
        id[0] = '\0';
    if (!strcmp(how, "long id"))
        memset(id, 'x', 201);
    if (!strcmp(how, "odd id"))
        id[0] = (char)0xff;
    addresses_handed =
        jangle_state_of(decision, aggregate, !strcmp(how, "no id") ? NULL : id);
    jangle_state_of(decision, &lamp_aggregate, "1");
    jangle_reject(decision, "something else");
    return JANGLE_OK;
}

static enum jangle_result decide_seizing(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    (void)state;
    return jangle_emit(decision, address_claimed,
                       .person_id = ((const struct seize_address *)command->data)->to);
}

static void apply_got(void *state, const struct jangle_event *event)
{
    struct person_state *person = state;

    person->count += event->type == &address_got ? 1 : -1;
}

static void apply_claimed(void *state, const struct jangle_event *event)
{
    struct address_state *address = state;

    address->owner = ((const struct address_claimed *)event->data)->person_id;
    address->claims++;
}

static void apply_released(void *state, const struct jangle_event *event)
{
    struct address_state *address = state;

    (void)event;
    address->owner = "";
}

/* ---- lamps ------------------------------------------------------------------- */

static enum jangle_result decide_on(struct jangle_decision *decision,
                                    const void *state,
                                    const struct jangle_command *command)
{
    const struct turn_on *turn = command->data;
    const struct lamp_state *lamp = state;
    const struct lamp_state *other =
        jangle_state_of(decision, &lamp_aggregate, turn->other_id);

    if (lamp->on)
        return JANGLE_OK;
    if (other->on)
        return jangle_reject(decision, "%s is on", turn->other_id);
    return jangle_emit(decision, lamp_on, 0);
}

static enum jangle_result decide_off(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    (void)command;
    if (!((const struct lamp_state *)state)->on)
        return JANGLE_OK;
    return jangle_emit(decision, lamp_off, 0);
}

static void apply_lamp(void *state, const struct jangle_event *event)
{
    ((struct lamp_state *)state)->on = event->type == &lamp_on;
}

/* ---- tables ------------------------------------------------------------------ */

const struct jangle_aggregate person_aggregate = {
    .name = "person",
    .state = &person_state,
    .commands = JANGLE_DECIDERS({&claim_address, decide_claim},
                                {&release_address, decide_release},
                                {&hand_address, decide_hand},
                                {&whose_address, decide_whose},
                                {&begin_club, decide_club},
                                {&look_around, decide_look_around},
                                {&look_wrongly, decide_wrongly}),
    .events = JANGLE_APPLIERS({&address_got, apply_got}, {&address_given, apply_got})};

const struct jangle_aggregate address_aggregate = {
    .name = "address",
    .state = &address_state,
    .commands = JANGLE_DECIDERS({&seize_address, decide_seizing}),
    .events = JANGLE_APPLIERS({&address_claimed, apply_claimed},
                              {&address_released, apply_released}),
    .snapshot_every = 10};

const struct jangle_aggregate club_aggregate = {.name = "club",
                                                .state = &person_state,
                                                .events =
                                                    JANGLE_APPLIERS({&club_begun, NULL})};

const struct jangle_aggregate lamp_aggregate = {
    .name = "lamp",
    .state = &lamp_state,
    .commands = JANGLE_DECIDERS({&turn_on, decide_on}, {&turn_off, decide_off}),
    .events = JANGLE_APPLIERS({&lamp_on, apply_lamp}, {&lamp_off, apply_lamp}),
    .snapshot_every = 20};

const struct jangle_aggregates address_aggregates = JANGLE_AGGREGATES(
    &person_aggregate, &address_aggregate, &club_aggregate, &lamp_aggregate);

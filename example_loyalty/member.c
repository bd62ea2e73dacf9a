/* member.c - a point for every euro that is paid in, and a bonus for every thousand
 * points. */
#include "loyalty.h"
#include "messages.h"

enum { BONUS_POINTS = 1000, BONUS_CENTS = 500 };

struct member_state {
    int64_t points;
};

static JANGLE_STRUCT(member_state, points);

static enum jangle_result decide_award(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct member_state *member = state;
    const struct award_points *award = command->data;
    int64_t total = member->points + award->points;
    int64_t bonuses = total / BONUS_POINTS - member->points / BONUS_POINTS;

    jangle_emit(decision, points_awarded, .points = award->points, .total = total);
    if (bonuses > 0)
        jangle_emit(decision, bonus_earned, .amount = bonuses * BONUS_CENTS);
    return JANGLE_OK; /* the first error sticks */
}

static void apply_awarded(void *state, const struct jangle_event *event)
{
    struct member_state *member = state;

    member->points = ((const struct points_awarded *)event->data)->total;
}

const struct jangle_aggregate member_aggregate = {
    .name = "member",
    .state = &member_state,
    .commands = JANGLE_DECIDERS({&award_points, decide_award}),
    .events = JANGLE_APPLIERS({&points_awarded, apply_awarded}, {&bonus_earned, NULL}),
};

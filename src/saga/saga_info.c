/* saga_info.c - what people are shown of a saga. */
#include "saga/saga_info.h"

static void describe_steps(struct jangle_saga_info *info, const struct jn_saga *saga)
{
    struct jangle_saga_step *steps =
        jangle_alloc(saga->arena, (saga->count + 1) * sizeof *steps);

    for (size_t i = 0; steps && i < saga->count; i++)
        steps[i] = (struct jangle_saga_step){
            .kind = saga->steps[i].kind,
            .type = saga->steps[i].type,
            .result = saga->steps[i].result,
            .reply = saga->steps[i].reply ? saga->steps[i].reply : "",
            .position = saga->steps[i].position,
            .version = saga->steps[i].version,
        };
    info->steps = steps;
    info->step_count = saga->count;
    if (saga->turn_at.us)
        info->turn_step_count = (int)(saga->count - saga->closed);
}

void jn_saga_describe(struct jangle_saga_info *info,
                      const struct jn_saga *saga,
                      bool with_steps)
{
    *info = (struct jangle_saga_info){
        .saga = saga->type->saga->name,
        .id = saga->id,
        .status = saga->status,
        .state = saga->state_json ? saga->state_json : "{}",
        .position = saga->position,
        .turn_at = saga->turn_at,
        .turn_position = saga->turn_position,
        .timeout_at = saga->timeout_at,
        .reason = saga->reason,
    };
    if (with_steps)
        describe_steps(info, saga);
}

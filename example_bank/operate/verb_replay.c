/* verb_replay.c - the verbs replay and shuffle: build each view again, from the events in
 * their order or in random order, and compare. */
#include "operate/verb_replay.h"
#include "app/bank.h"
#include "operate/rehearsal.h"

#include <inttypes.h>

static int build_views(const struct options *options,
                       const struct jangle_replay_options *how)
{
    struct jangle *bank = bank_open(options->db, 0);
    int status = bank ? rehearse_all(bank, options->db, how) : 1;

    bank_close(bank);
    return status;
}

static int verb_replay(const struct options *options)
{
    return build_views(options, &(struct jangle_replay_options){
                                    .rounds = 1,
                                    .compare = !options->repair,
                                });
}

static int verb_shuffle(const struct options *options)
{
    printf("Shuffled %" PRId64 " times, with seed %" PRId64 ".\n", options->times,
           options->seed);
    return build_views(options, &(struct jangle_replay_options){
                                    .rounds = (int)options->times,
                                    .compare = true,
                                    .shuffled = true,
                                    .seed = (uint64_t)options->seed,
                                });
}

static const struct verb verbs[] = {
    {"replay", "build each view again, and compare it with the view in use", verb_replay,
     0, OPTION_REPAIR},
    {"shuffle", "replay with the events in random order, and compare", verb_shuffle, 0,
     OPTION_TIMES | OPTION_SEED},
};

const struct verb_table replay_verbs = JANGLE_ARRAY(verbs);

/* verb_replay.c - build each view anew, in log order or in any other. */
#include "operate/verb_replay.h"
#include "app/bank.h"
#include "operate/rehearsal.h"

#include <inttypes.h>

static int rehearse(const struct options *options,
                    const struct jangle_replay_options *how)
{
    struct jangle *bank = bank_open(options->db, 0);
    int status = bank ? rehearse_all(bank, options->db, how) : 1;

    bank_close(bank);
    return status;
}

int verb_replay(const struct options *options)
{
    return rehearse(options, &(struct jangle_replay_options){
                                 .rounds = 1,
                                 .compare = !options->repair,
                             });
}

int verb_shuffle(const struct options *options)
{
    printf("Shuffled %" PRId64 " times, by seed %" PRId64 ".\n", options->times,
           options->seed);
    return rehearse(options, &(struct jangle_replay_options){
                                 .rounds = (int)options->times,
                                 .compare = true,
                                 .shuffled = true,
                                 .seed = (uint64_t)options->seed,
                             });
}

/* dice.h - random numbers that are the same for the same seed. */
#ifndef JN_CHAOS_DICE_H
#define JN_CHAOS_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct jn_chaos_dice {
    uint64_t state;
};

/* True with this probability. */
bool jn_chaos_roll(struct jn_chaos_dice *dice, double probability);

#endif

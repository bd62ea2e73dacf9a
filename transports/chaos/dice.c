/* dice.c - SplitMix64 (G. Steele, D. Lea, C. Flood, 2014). */
#include "chaos/dice.h"

static uint64_t draw(struct jn_chaos_dice *dice)
{
    uint64_t mixed = dice->state += 0x9e3779b97f4a7c15U;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    return mixed ^ mixed >> 31;
}

/* The upper 53 bits are a number from 0 to before 1. */
bool jn_chaos_roll(struct jn_chaos_dice *dice, double probability)
{
    return (double)(draw(dice) >> 11) * 0x1p-53 < probability;
}

/* pairing.c - a greatest matching of a bipartite graph, by the algorithm of Hopcroft and
 * Karp ("An n^(5/2) Algorithm for Maximum Matchings in Bipartite Graphs", SIAM Journal on
 * Computing 2, 1973): in each phase all shortest augmenting paths that share no node are
 * found and used, and there are few phases. */
#include "pattern/pairing.h"

#include <assert.h>
#include <stdbool.h>

enum { NOBODY = 255, NO_LAYER = 255 };

struct pairing {
    const uint64_t *edges;
    size_t count;
    uint8_t of_left[JN_PATTERN_PAIRS_MAX];  /* the right one in its pair, or NOBODY */
    uint8_t of_right[JN_PATTERN_PAIRS_MAX]; /* and the other way */
    uint8_t layer[JN_PATTERN_PAIRS_MAX]; /* of a left one: its distance from a free one */
};

static size_t take_lowest(uint64_t *set)
{
    size_t lowest = 0;

    while (!(*set >> lowest & 1))
        lowest++;
    *set &= *set - 1;
    return lowest;
}

/* Those without a partner are the first layer. */
static uint64_t first_layer(struct pairing *pairing)
{
    uint64_t layer = 0;

    for (size_t left = 0; left < pairing->count; left++) {
        bool is_free = pairing->of_left[left] == NOBODY;

        pairing->layer[left] = is_free ? 0 : NO_LAYER;
        layer |= (uint64_t)is_free << left;
    }
    return layer;
}

/* Go from layer to layer, along an edge and back along a pair, until a layer reaches a
 * right one that is free. False if none is reached: no pair can be added. */
static bool make_layers(struct pairing *pairing)
{
    uint64_t layer = first_layer(pairing), next, seen = 0;
    uint8_t distance = 1;
    bool reached = false;

    for (; layer && !reached; layer = next, distance++) {
        next = 0;
        while (layer) {
            uint64_t rights = pairing->edges[take_lowest(&layer)] & ~seen;

            seen |= rights;
            while (rights) {
                uint8_t left = pairing->of_right[take_lowest(&rights)];

                if (left == NOBODY) {
                    reached = true;
                } else {
                    pairing->layer[left] = distance;
                    next |= UINT64_C(1) << left;
                }
            }
        }
    }
    return reached;
}

/* Find a path through the layers to a right one that is free, and turn its pairs round.
 * No deeper than there are layers. */
static bool augment(struct pairing *pairing, size_t left)
{
    uint64_t rights = pairing->edges[left];

    while (rights) {
        size_t right = take_lowest(&rights);
        uint8_t other = pairing->of_right[right];

        if (other == NOBODY || (pairing->layer[other] == pairing->layer[left] + 1 &&
                                augment(pairing, other))) {
            pairing->of_left[left] = (uint8_t)right;
            pairing->of_right[right] = (uint8_t)left;
            return true;
        }
    }
    pairing->layer[left] = NO_LAYER; /* no path goes through it in this phase */
    return false;
}

size_t jn_pattern_most_pairs(const uint64_t *edges, size_t count)
{
    struct pairing pairing = {.edges = edges, .count = count};
    size_t pairs = 0;

    assert(count <= JN_PATTERN_PAIRS_MAX);
    for (size_t i = 0; i < JN_PATTERN_PAIRS_MAX; i++)
        pairing.of_left[i] = pairing.of_right[i] = NOBODY;
    while (make_layers(&pairing))
        for (size_t left = 0; left < count; left++)
            pairs += pairing.of_left[left] == NOBODY && augment(&pairing, left);
    return pairs;
}

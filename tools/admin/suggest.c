/* suggest.c - the word that a mistyped one is closest to, by the letters that must be
 * added, removed, changed, or swapped with their neighbour. */
#include "admin/suggest.h"

#include <string.h>

enum { WORD_MAX = 32 };

static int least(int a, int b, int c)
{
    int ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Optimal string alignment: three rows of the table of all beginnings. */
static int distance_of(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int rows[3][WORD_MAX + 1] = {{0}};
    int *before = rows[0];
    int *above = rows[1];
    int *row = rows[2];

    for (size_t j = 0; j <= b_size; j++)
        above[j] = (int)j;
    for (size_t i = 1; i <= a_size; i++) {
        int *oldest = before;

        row[0] = (int)i;
        for (size_t j = 1; j <= b_size; j++) {
            int change = a[i - 1] != b[j - 1];

            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_size];
}

/* A third of the letters may be wrong, and at most two; a word that begins as it was
 * typed is close, too. */
void jn_suggest_offer(struct jn_suggestion *suggestion, const char *word)
{
    size_t typed_size = strlen(suggestion->typed);
    size_t size = strlen(word);
    int limit = typed_size < 6 ? 1 + (typed_size > 3) : 2;
    int distance;

    if (typed_size < 2 || typed_size > WORD_MAX || size > WORD_MAX)
        return;
    distance = distance_of(suggestion->typed, typed_size, word, size);
    if (distance > limit &&
        (typed_size < 3 || strncmp(suggestion->typed, word, typed_size) != 0))
        return;
    if (!suggestion->best || distance < suggestion->distance) {
        suggestion->best = word;
        suggestion->distance = distance;
    }
}

/* suggest.h - "did you mean": the word that a mistyped one is closest to. */
#ifndef ADMIN_SUGGEST_H
#define ADMIN_SUGGEST_H

struct jn_suggestion {
    const char *typed;
    const char *best; /* NULL: none is close */
    int distance;
};

/* Begin with {.typed = word}, and offer each word that would have been right. */
void jn_suggest_offer(struct jn_suggestion *suggestion, const char *word);

#endif

/* wire_driver.c - the fuzzer of what a broker says for those without libFuzzer: the sound
 * texts of a directory, spoilt at random. */
#include "fuzz/fuzz.h"
#include "fuzz/spoil.h"
#include "support/effort.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 12, TEXTS_MAX = 64, TEXT_MAX = 4096, SIZE_MAX_BYTES = 16 * 1024 };

static struct text {
    uint8_t bytes[TEXT_MAX];
    size_t size;
} texts[TEXTS_MAX];

static size_t text_count;

static void read_text(const char *name)
{
    char path[1024];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", WIRE_TEXTS, name);
    file = fopen(path, "rb");
    if (!file || text_count == TEXTS_MAX)
        abort();
    texts[text_count].size = fread(texts[text_count].bytes, 1, TEXT_MAX, file);
    text_count++;
    fclose(file);
}

static void read_texts(void)
{
    DIR *directory = opendir(WIRE_TEXTS);
    struct dirent *entry;

    if (!directory)
        abort();
    while ((entry = readdir(directory)))
        if (*entry->d_name != '.')
            read_text(entry->d_name);
    closedir(directory);
}

/* In a piece of memory of their own size, so that ASan sees a look beyond them. */
static void try_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_round(struct samples *random, uint8_t *bytes, const struct text *text)
{
    size_t size = text->size;

    memcpy(bytes, text->bytes, size);
    try_bytes(bytes, size);
    for (int i = 0; i < SPOILT_EACH && size <= SIZE_MAX_BYTES; i++) {
        size = spoil(random, bytes, size);
        try_bytes(bytes, size);
    }
}

int main(void)
{
    struct samples random = {.state = effort_seed()};
    int rounds = effort_count(WIRE_EFFORT);
    uint8_t *bytes = malloc((size_t)4 * SIZE_MAX_BYTES);

    read_texts();
    if (!bytes || !text_count)
        return 1;
    fflush(stdout);
    for (int i = 0; i < rounds; i++)
        run_round(&random, bytes, &texts[(size_t)i % text_count]);
    free(bytes);
    printf("%d texts, each spoilt %d times: refused, or read without a look beyond it\n",
           rounds, SPOILT_EACH);
    return 0;
}

/* story.c - what led to an event, and what it led to.
 *
 * The cause of a command is the event whose handling led to it. So from any event the
 * first cause is found by climbing. A cause lies before what it leads to: one read of the
 * log from the first cause on finds all that it led to. */
#include "admin/story.h"

#include <stdlib.h>
#include <string.h>

/* ---- events ------------------------------------------------------------------- */

static char *copy_of(struct jn_story *story, const char *text, size_t size)
{
    char *copy = text ? malloc(size + 1) : NULL;

    story->no_memory |= text && !copy;
    if (!copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

static char *copy_text(struct jn_story *story, const char *text)
{
    return copy_of(story, text, text ? strlen(text) : 0);
}

static struct jn_story_event *add_room(struct jn_story *story)
{
    size_t room = story->room ? 2 * story->room : 64;
    void *events = story->events;

    if (story->count < story->room)
        return &story->events[story->count++];
    events = realloc(events, room * sizeof *story->events);
    story->no_memory |= !events;
    if (!events)
        return NULL;
    story->events = events;
    story->room = room;
    return &story->events[story->count++];
}

static int64_t find(const struct jn_story *story, int64_t position)
{
    size_t first = 0, end = story->count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (story->events[middle].position == position)
            return (int64_t)middle;
        if (story->events[middle].position < position)
            first = middle + 1;
        else
            end = middle;
    }
    return -1;
}

/* Hang the last event below its parent, or behind the roots before it. */
static void hang(struct jn_story *story, int64_t parent)
{
    int64_t index = (int64_t)story->count - 1, before;
    struct jn_story_event *event = &story->events[index];

    event->parent = parent;
    event->first_child = event->last_child = event->next = -1;
    if (parent < 0) {
        before = index - 1;
        while (before >= 0 && story->events[before].parent >= 0)
            before--;
    } else {
        before = story->events[parent].last_child;
        story->events[parent].last_child = index;
        event->depth = story->events[parent].depth + 1;
        if (before < 0)
            story->events[parent].first_child = index;
    }
    if (before >= 0)
        story->events[before].next = index;
}

static void
add(struct jn_story *story, const struct jangle_seen_event *seen, int64_t parent)
{
    struct jn_story_event *event = add_room(story);

    if (!event)
        return;
    *event = (struct jn_story_event){
        .position = seen->position,
        .version = seen->version,
        .cause = seen->cause,
        .at = seen->at,
        .kind = copy_text(story, seen->kind),
        .id = copy_text(story, seen->id),
        .type = copy_text(story, seen->type),
        .command = copy_text(story, seen->command),
        .sender = copy_text(story, seen->sender),
        .actor = copy_text(story, seen->origin.actor),
        .payload = copy_of(story, seen->payload, seen->payload_size),
        .payload_size = seen->payload_size,
    };
    story->faults += seen->fault != NULL;
    hang(story, parent);
}

void jn_story_free(struct jn_story *story)
{
    for (size_t i = 0; i < story->count; i++) {
        struct jn_story_event *event = &story->events[i];

        free(event->kind);
        free(event->id);
        free(event->type);
        free(event->command);
        free(event->sender);
        free(event->actor);
        free(event->payload);
    }
    free(story->events);
    free(story->root_id);
    *story = (struct jn_story){0};
}

int64_t jn_story_next(const struct jn_story *story, int64_t at)
{
    if (at < 0)
        return story->count ? 0 : -1;
    if (story->events[at].first_child >= 0)
        return story->events[at].first_child;
    while (at >= 0 && story->events[at].next < 0)
        at = story->events[at].parent;
    return at < 0 ? -1 : story->events[at].next;
}

/* ---- gathering ---------------------------------------------------------------- */

struct gathering {
    struct jn_story *story;
    struct jangle_look *look;
    bool (*stopped)(const void *context);
    const void *context;
    int64_t first; /* the first event of the command that the story begins with */
    int64_t cause; /* of the event that was read last */
    bool found;
};

static enum jangle_result note_cause(void *context, const struct jangle_seen_event *event)
{
    struct gathering *gathering = context;
    struct jn_story *story = gathering->story;

    gathering->found = !event->missing;
    gathering->cause = event->fault ? 0 : event->cause;
    free(story->root_id);
    story->root_id = copy_text(story, event->origin.causation_id);
    return JANGLE_OK;
}

/* A cause that does not lie before its event is damaged, and ends the climb. */
static enum jangle_result climb(struct gathering *gathering, struct jangle_error *error)
{
    int64_t position = gathering->first;
    enum jangle_result result = JANGLE_OK;

    while (!result && position) {
        const struct jangle_event_filter at = {
            .after = position - 1, .before = position + 1, .with_commands = true};
        bool is_first = gathering->first == position;

        gathering->found = false;
        result =
            jangle_look_events(gathering->look, &at, note_cause, gathering, NULL, error);
        if (!result && !gathering->found && is_first)
            return jangle_error_set(error, JANGLE_NOT_FOUND, "there is no such event");
        if (gathering->found)
            gathering->first = position;
        position = gathering->found && gathering->cause < position ? gathering->cause : 0;
        if (!result && gathering->stopped(gathering->context))
            result = JANGLE_CANCELLED;
    }
    return result;
}

static bool is_of_root(const struct jn_story *story,
                       const struct jangle_seen_event *event)
{
    const char *id = event->origin.causation_id;

    return story->root_id && *story->root_id && id && !strcmp(id, story->root_id);
}

/* Events of one command are stored side by side. */
static enum jangle_result note_earlier(void *context,
                                       const struct jangle_seen_event *event)
{
    struct gathering *gathering = context;

    if (event->fault || !is_of_root(gathering->story, event))
        return JANGLE_CANCELLED;
    gathering->first = event->position;
    return JANGLE_OK;
}

static enum jangle_result find_first(struct gathering *gathering,
                                     struct jangle_error *error)
{
    const struct jangle_event_filter before = {.before = gathering->first,
                                               .newest_first = true};
    enum jangle_result result;

    if (gathering->first == 1)
        return JANGLE_OK;
    result = jangle_look_events(gathering->look, &before, note_earlier, gathering, NULL,
                                error);
    return result == JANGLE_CANCELLED ? JANGLE_OK : result;
}

static enum jangle_result take(void *context, const struct jangle_seen_event *event)
{
    struct gathering *gathering = context;
    struct jn_story *story = gathering->story;
    int64_t parent = event->cause ? find(story, event->cause) : -1;

    if (!event->missing &&
        (parent >= 0 || is_of_root(story, event) || event->position == gathering->first))
        add(story, event, parent);
    if (story->no_memory)
        return JANGLE_NO_MEMORY;
    return gathering->stopped(gathering->context) ? JANGLE_CANCELLED : JANGLE_OK;
}

static enum jangle_result
gather(struct gathering *gathering, int64_t read_limit, struct jangle_error *error)
{
    struct jangle_event_filter behind = {.with_commands = true, .read_limit = read_limit};
    struct jangle_search search = {0};
    enum jangle_result result = climb(gathering, error);

    if (!result)
        result = find_first(gathering, error);
    if (result)
        return result;
    behind.after = gathering->first - 1;
    result =
        jangle_look_events(gathering->look, &behind, take, gathering, &search, error);
    gathering->story->read = search.read;
    gathering->story->go_on = search.next;
    return result;
}

enum jangle_result jn_story_gather(struct jn_story *story,
                                   struct jangle_look *look,
                                   int64_t position,
                                   int64_t read_limit,
                                   bool (*stopped)(const void *context),
                                   const void *context,
                                   struct jangle_error *error)
{
    struct gathering gathering = {.story = story,
                                  .look = look,
                                  .stopped = stopped,
                                  .context = context,
                                  .first = position};
    enum jangle_result result;

    *story = (struct jn_story){0};
    result = gather(&gathering, read_limit, error);
    return story->no_memory ? jangle_error_set(error, JANGLE_NO_MEMORY, "out of memory")
                            : result;
}

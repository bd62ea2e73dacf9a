/* text.c - the tests of TR-17: no text holds a password. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"

/* The secret stands in the URL as a password, with a character that a URL writes as %XX:
 * what is behind that is not looked for. */
#define SECRET   "hUsHsEcReT"
#define PASSWORD SECRET "%%21x"

/* The URL with our password for user "nobody", with a port or what stands for one; or
 * NULL if the URL has no host. */
static const char *with_password(struct jn_trial *trial, const char *port)
{
    const char *url = trial->given->broker.url;
    const char *host = strstr(url, "://");
    const char *end, *at;

    if (!host)
        return NULL;
    host += 3;
    end = host + strcspn(host, "/?");
    for (at = end; at > host && at[-1] != '@';)
        at--;
    host = at;
    if (port)
        return jangle_text(&trial->arena, "%.*snobody:" PASSWORD "@localhost:%s/",
                           (int)(strstr(url, "://") + 3 - url), url, port);
    return jangle_text(&trial->arena, "%.*snobody:" PASSWORD "@%s",
                       (int)(strstr(url, "://") + 3 - url), url, host);
}

/* Do what must fail if the broker knows nobody of that name, or is not there. Whether
 * that fails is another matter: what is said is read. */
static void try_everything(struct jn_trial *trial, struct jangle_transport *transport)
{
    const struct jangle_transport_ops *ops = transport->ops;
    struct jangle_queue queue = jn_trial_queue(trial);
    struct jangle_parcel parcel = {.topic = jn_trial_topic(trial),
                                   .must_be_queued = true};
    struct jangle_error errors[7] = {{0}};
    struct jangle_parcel *parcels;
    int64_t waiting;
    size_t count;

    jn_trial_read(trial, ops->name);
    ops->attach(transport, &queue, NULL, 0, &errors[0]);
    ops->publish(transport, &parcel, 1, 5000, &errors[1]);
    ops->receive(transport, 1, 1, 0, &parcels, &count, &errors[2]);
    ops->tend(transport, &errors[3]);
    ops->count(transport, queue.name, &waiting, &errors[4]);
    ops->purge(transport, queue.name, &errors[5]);
    ops->remove_topic(transport, parcel.topic, &errors[6]);
    for (size_t i = 0; i < 7; i++)
        jn_trial_read(trial, errors[i].message);
}

static void try_url(struct jn_trial *trial, const char *url)
{
    struct jangle_broker broker = trial->given->broker;
    struct jangle_transport *transport = NULL;
    struct jangle_error error = {0};

    if (!url || trial->failed)
        return;
    broker.url = url;
    trial->secret = SECRET;
    trial->shown = false;
    broker.open(&broker, &trial->host, "trial", &transport, &error);
    jn_trial_read(trial, error.message);
    if (transport) {
        try_everything(trial, transport);
        transport->ops->close(transport);
    }
    trial->secret = NULL;
    jn_trial_check(trial, !trial->shown, "an error or a log line shows the password");
}

static void tr_17_a_wrong_password_is_not_shown(struct jn_trial *trial)
{
    try_url(trial, with_password(trial, NULL));
}

static void tr_17_a_password_in_a_malformed_url_is_not_shown(struct jn_trial *trial)
{
    try_url(trial, with_password(trial, "no-port"));
    try_url(trial, with_password(trial, "99999999"));
    try_url(trial, "no such scheme://nobody:" SECRET "@localhost/");
    try_url(trial, "nobody:" SECRET "@localhost");
}

/* Nobody listens there. */
static void tr_17_a_password_is_not_shown_if_nobody_answers(struct jn_trial *trial)
{
    try_url(trial, with_password(trial, "1"));
}

/* The password that is right, if the URL has one that is no ordinary word. */
static void tr_17_the_right_password_is_not_shown(struct jn_trial *trial)
{
    const char *url = trial->given->broker.url;
    const char *user = strstr(url, "://");
    size_t name, word;
    const char *secret;

    user = user ? user + 3 : url;
    name = strcspn(user, ":@/");
    word = user[name] == ':' ? strcspn(user + name + 1, "@/") : 0;
    if (word < 4 || user[name + 1 + word] != '@' ||
        (word == name && memcmp(user, user + name + 1, name) == 0)) {
        trial->skip = "the URL has no password, or a plain one";
        return;
    }
    secret = jangle_text(&trial->arena, "%.*s", (int)word, user + name + 1);
    trial->secret = secret;
    trial->shown = false;
    {
        struct jangle_transport *transport = jn_trial_open(trial);

        if (transport)
            try_everything(trial, transport);
        jn_trial_close(trial, transport);
    }
    trial->secret = NULL;
    jn_trial_check(trial, !trial->shown, "an error or a log line shows the password");
}

const struct jn_transport_test jn_transport_text_tests[] = {
    JN_TRANSPORT_TEST(tr_17_a_wrong_password_is_not_shown, JN_NEEDS_URL),
    JN_TRANSPORT_TEST(tr_17_a_password_in_a_malformed_url_is_not_shown, JN_NEEDS_URL),
    JN_TRANSPORT_TEST(tr_17_a_password_is_not_shown_if_nobody_answers, JN_NEEDS_URL),
    JN_TRANSPORT_TEST(tr_17_the_right_password_is_not_shown, JN_NEEDS_URL),
    {0}};

#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/config_value.h"

#define DEFAULT_FILE "habitd.toml"
#define ARENA_MAX (16 * 1024 * 1024)
#define TEXT_MAX (64 * 1024)

struct slot {
    bool set;
    struct setting_value value;
    struct secret *secret; /* of a setting that rotates and is set */
    bool from_file;
    const char *shown, *origin;
};

struct config {
    struct arena *arena;
    const char *given[SETTINGS]; /* on the command line */
    const char *path;            /* --config */
    const struct toml_value *file;
    bool readable_by_others, readable_by_all;
    const char *warning;
    struct slot slots[SETTINGS];
};

/* Tables of the file that other modules read. */
static const char *const tables[] = {"plans", "currencies", "referral"};

/* The name without HABITD_, in small letters, `joint` in place of each underscore. */
static void spell(enum setting s, char joint, char *out, size_t size)
{
    const char *name = setting_table[s].name;
    if (strncmp(name, "HABITD_", 7) == 0)
        name += 7;
    CHECK(strlen(name) < size);
    do
        *out++ = *name == '_' ? joint : *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
    while (*name++);
}

char *setting_option(enum setting s, char out[64])
{
    out[0] = out[1] = '-';
    spell(s, '-', out + 2, 62);
    return out;
}

char *setting_key(enum setting s, char out[64])
{
    spell(s, '_', out, 64);
    return out;
}

/* The place that an argument's value belongs to, NULL: it is no setting's option. *value: behind its "=", or
 * NULL. */
static const char **option_place(struct config *c, const char *arg, const char **value)
{
    size_t n = strcspn(arg, "=");
    *value = arg[n] ? arg + n + 1 : NULL;
    if (n == 8 && memcmp(arg, "--config", 8) == 0)
        return &c->path;
    for (int s = 0; s < SETTINGS; s++) {
        char option[64];
        if (!setting_table[s].env_only && strlen(setting_option((enum setting)s, option)) == n &&
            memcmp(arg, option, n) == 0)
            return &c->given[s];
    }
    return NULL;
}

static enum ecode take_arguments(struct config *c, int *argc, char **argv, struct err *err)
{
    int kept = *argc > 0, i = kept;
    for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        const char *value, **place = option_place(c, argv[i], &value);
        if (!place) {
            argv[kept++] = argv[i];
            continue;
        }
        const char *option = argv[i];
        if (!value && i + 1 < *argc)
            value = argv[++i];
        if (!value)
            return err_set(err, E_INVALID, "%s needs a value", option);
        if (*place)
            return err_set(err, E_INVALID, "%.*s is given twice", (int)strcspn(option, "="), option);
        *place = value;
    }
    while (i < *argc)
        argv[kept++] = argv[i++];
    argv[kept] = NULL;
    *argc = kept;
    return E_OK;
}

static enum ecode read_file(struct config *c, const char *path, int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(err, E_IO, "%s is not a file", path);
    char *text = arena_alloc(c->arena, TOML_BYTES_MAX + 1);
    size_t len = 0;
    while (len <= TOML_BYTES_MAX) {
        ssize_t got = read(fd, text + len, TOML_BYTES_MAX + 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, E_IO, "cannot read %s: %s", path, strerror(errno));
        if (got == 0)
            break;
        len += (size_t)got;
    }
    c->path = path;
    c->readable_by_all = (st.st_mode & S_IRWXO) != 0;
    bool ours = st.st_uid == 0 && st.st_gid == getegid(); /* root keeps it for the service's group */
    c->readable_by_others = c->readable_by_all || ((st.st_mode & S_IRWXG) != 0 && !ours);
    return toml_parse(c->arena, text, len, &c->file, err) ? err_wrap(err, "%s", path) : E_OK;
}

static enum ecode load_file(struct config *c, struct err *err)
{
    const char *path = c->path ? c->path : DEFAULT_FILE;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        if (errno == ENOENT && !c->path)
            return E_OK;
        return err_set(err, E_IO, "cannot open %s: %s", path, strerror(errno));
    }
    enum ecode rc = read_file(c, path, fd, err);
    close(fd);
    return rc;
}

static bool known_key(const struct toml_value *v)
{
    char key[64];
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        if (strcmp(v->key, tables[i]) == 0)
            return v->kind == TOML_TABLE || (v->kind == TOML_ARRAY && v->defined);
    for (int s = 0; s < SETTINGS; s++)
        if (!setting_table[s].env_only && strcmp(v->key, setting_key((enum setting)s, key)) == 0)
            return true;
    return false;
}

static enum ecode check_keys(const struct config *c, struct err *err)
{
    for (const struct toml_value *v = c->file ? c->file->v.first : NULL; v; v = v->next)
        if (!known_key(v))
            return err_set(err, E_MALFORMED, "%s:%d: \"%.64s\" is not a setting", c->path, v->line, v->key);
    return E_OK;
}

static void item_text(struct buf *b, const struct toml_value *v)
{
    if (v->kind == TOML_STRING)
        buf_str(b, v->v.string);
    else if (v->kind == TOML_INT)
        buf_printf(b, "%lld", (long long)v->v.integer);
    else
        buf_char(b, v->v.boolean ? '1' : '0');
}

/* The file's value as the environment would spell it; NULL: its kind does not fit the setting. */
static const char *file_text(struct config *c, const struct setting_info *info, const struct toml_value *v)
{
    enum toml_kind wanted = info->kind == KIND_INT    ? TOML_INT
                            : info->kind == KIND_BOOL ? TOML_BOOL
                                                      : TOML_STRING;
    bool list = v->kind == TOML_ARRAY && (info->kind == KIND_INT_LIST || info->kind == KIND_CIDRS);
    if (list && v->v.first && v->v.first->kind != (info->kind == KIND_CIDRS ? TOML_STRING : TOML_INT))
        return NULL;
    if (!list && v->kind != wanted)
        return NULL;
    struct buf b;
    buf_init(&b, TEXT_MAX);
    if (list) {
        for (const struct toml_value *item = v->v.first; item; item = item->next) {
            item_text(&b, item);
            if (item->next)
                buf_char(&b, ',');
        }
    } else {
        item_text(&b, v);
    }
    const char *text = buf_overflowed(&b) ? NULL : arena_strdup(c->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

static const char *env_text(char *const *env, const char *name)
{
    size_t n = strlen(name);
    for (; env && *env; env++)
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=' && (*env)[n + 1])
            return *env + n + 1;
    return NULL;
}

static const char *shown(struct config *c, const struct setting_info *info, const char *text)
{
    if (info->secret)
        return "****";
    if (info->kind != KIND_URL && info->kind != KIND_DATABASE)
        return text;
    char *masked = url_masked(text);
    text = arena_strdup(c->arena, masked);
    free(masked);
    return text;
}

/* Where the setting's value comes from: its text and origin, NULL: nowhere. */
static enum ecode find_text(struct config *c, enum setting s, char *const *env, const char **text,
                            const char **origin, struct err *err)
{
    const struct setting_info *info = &setting_table[s];
    char key[64];
    *origin = "command line";
    if ((*text = c->given[s]))
        return E_OK;
    *origin = "environment";
    if ((*text = env_text(env, info->name)))
        return E_OK;
    const struct toml_value *v = c->file && !info->env_only ? toml_get(c->file, setting_key(s, key)) : NULL;
    *origin = v ? arena_printf(c->arena, "%s:%d", c->path, v->line) : "default";
    *text = v ? file_text(c, info, v) : info->default_value;
    c->slots[s].from_file = v != NULL;
    if (v && !*text)
        return err_field(err, info->name, "%s: %s cannot be %s", *origin, key, toml_kind_name(v->kind));
    if (v && c->readable_by_others && (info->secret || strcmp(shown(c, info, *text), *text) != 0))
        c->warning =
            arena_printf(c->arena, "%s holds secrets (%s) and can be read by others; run chmod 600 %s",
                         c->path, key, c->path);
    return E_OK;
}

static enum ecode load_setting(struct config *c, enum setting s, char *const *env, struct err *err)
{
    const struct setting_info *info = &setting_table[s];
    struct slot *slot = &c->slots[s];
    const char *text = NULL;
    enum ecode rc = find_text(c, s, env, &text, &slot->origin, err);
    if (rc)
        return rc;
    slot->shown = "";
    if (!text)
        return E_OK;
    if (strlen(text) > TEXT_MAX)
        return err_field(err, info->name, "%s is longer than %d bytes", info->name, TEXT_MAX);
    slot->shown = shown(c, info, text);
    struct err why = {.code = E_OK};
    rc = setting_value_parse(c->arena, info, text, &slot->value, &why);
    if (rc == E_INVALID)
        return err_field(err, info->name, "%s is \"%.100s\" (%s); it %s", info->name, slot->shown,
                         slot->origin, why.text);
    if (rc)
        return err_set(err, rc, "%s: %s", info->name, why.text);
    slot->set = true;
    slot->shown = shown(c, info, slot->value.text);
    if (info->rotates) {
        slot->secret = arena_alloc(c->arena, sizeof *slot->secret);
        secret_init(slot->secret, slot->value.text);
    }
    return E_OK;
}

/* Everything that the command line has not settled. */
static enum ecode load_rest(struct config *c, char *const *env, struct err *err)
{
    enum ecode rc = load_file(c, err);
    if (!rc)
        rc = check_keys(c, err);
    for (int s = 0; s < SETTINGS && !rc; s++)
        rc = load_setting(c, (enum setting)s, env, err);
    return rc;
}

enum ecode config_load(int *argc, char **argv, char *const *env, struct config **out, struct err *err)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct config *c = arena_alloc(arena, sizeof *c);
    c->arena = arena;
    enum ecode rc = take_arguments(c, argc, argv, err);
    if (!rc)
        rc = load_rest(c, env, err);
    if (rc) {
        config_free(c);
        return rc;
    }
    *out = c;
    return E_OK;
}

void config_free(struct config *c)
{
    if (!c)
        return;
    for (int s = 0; s < SETTINGS; s++)
        if (c->slots[s].secret)
            secret_release(c->slots[s].secret);
    arena_free(c->arena);
}

struct secret *config_secret(const struct config *c, enum setting s)
{
    CHECK(setting_table[s].rotates);
    return c->slots[s].secret;
}

/* Whether fresh has a secret wherever c has one, in a place that keeps it. */
static enum ecode check_secrets(const struct config *c, const struct config *fresh, struct err *err)
{
    for (int s = 0; s < SETTINGS; s++) {
        const struct setting_info *info = &setting_table[s];
        const struct slot *slot = &fresh->slots[s];
        if (!c->slots[s].secret)
            continue;
        if (!slot->secret)
            return err_field(err, info->name, "%s is not there any more", info->name);
        if (slot->from_file && fresh->readable_by_all)
            return err_field(err, info->name, "%s: everybody may read the file; run chmod o= %s", info->name,
                             fresh->path);
    }
    return E_OK;
}

enum ecode config_load_again(const struct config *c, char *const *env, struct config **out, struct err *err)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct config *fresh = arena_alloc(arena, sizeof *fresh);
    fresh->arena = arena;
    fresh->path = c->path;
    memcpy(fresh->given, c->given, sizeof fresh->given);
    enum ecode rc = load_rest(fresh, env, err);
    if (!rc)
        rc = check_secrets(c, fresh, err);
    if (rc) {
        config_free(fresh);
        return rc;
    }
    *out = fresh;
    return E_OK;
}

int config_take_secrets(const struct config *c, const struct config *fresh)
{
    int replaced = 0;
    for (int s = 0; s < SETTINGS; s++) {
        struct secret *mine = c->slots[s].secret;
        if (mine && secret_replace(mine, fresh->slots[s].value.text))
            replaced++;
    }
    return replaced;
}

const char *config_string(const struct config *c, enum setting s)
{
    return c->slots[s].set ? c->slots[s].value.text : NULL;
}

int64_t config_i64(const struct config *c, enum setting s)
{
    CHECK(setting_table[s].kind == KIND_INT);
    return c->slots[s].value.number;
}

bool config_bool(const struct config *c, enum setting s)
{
    CHECK(setting_table[s].kind == KIND_BOOL);
    return c->slots[s].value.number != 0;
}

int config_enum(const struct config *c, enum setting s)
{
    CHECK(setting_table[s].kind == KIND_ENUM);
    return (int)c->slots[s].value.number;
}

const int64_t *config_i64_list(const struct config *c, enum setting s, size_t *n)
{
    CHECK(setting_table[s].kind == KIND_INT_LIST);
    *n = c->slots[s].value.list_len;
    return c->slots[s].value.list;
}

struct listen_address config_listen(const struct config *c, enum setting s)
{
    CHECK(setting_table[s].kind == KIND_LISTEN && c->slots[s].set);
    return c->slots[s].value.listen;
}

const struct toml_value *config_file(const struct config *c)
{
    return c->file;
}

const char *config_warning(const struct config *c)
{
    return c->warning;
}

struct config_entry config_describe(const struct config *c, enum setting s)
{
    const struct slot *slot = &c->slots[s];
    return (struct config_entry){setting_table[s].name, slot->shown, slot->origin};
}

// People: found by Telegram's id, by name or by referral code.
import { api, type Schema } from "../../shared/api.ts";
import { t } from "../../shared/i18n.ts";
import { href, place } from "../../shared/router.ts";
import { Button, SelectField, TextField } from "../../shared/ui.tsx";
import { Instant, State, Title, word } from "../parts.tsx";
import { filterBy, Table, useTyped, type Column } from "../table.tsx";

type Person = Schema<"Person">;
type By = "telegram_id" | "username" | "referral_code";

export function personName(p: Pick<Person, "first_name" | "username" | "telegram_id">): string {
    return p.first_name ?? p.username ?? (p.telegram_id === null ? t("console.is.erased") : String(p.telegram_id));
}
export function personStates(p: Person): string[] {
    return [p.tier, ...(["admin", "blocked", "erased", "unreachable"] as const).filter(s => p[s])];
}

const columns: Column<Person, "created_at">[] = [
    { name: "console.name", value: personName, show: p => <a class="link" href={href(["users", p.id])}>{personName(p)}</a> },
    { name: "console.username", value: p => p.username, show: p => (p.username ? `@${p.username}` : "—") },
    { name: "console.telegram_id", value: p => p.telegram_id, end: true },
    { name: "console.state", value: p => personStates(p).map(word).join(", "), show: p => personStates(p).map(s => <State key={s} of={s} />) },
    { name: "console.zone", value: p => p.timezone },
    { name: "console.since", sort: "created_at", value: p => p.created_at, show: p => <Instant at={p.created_at} /> },
];

function Search({ by, q }: { by: By; q: string }) {
    const [kind, setKind] = useTyped(by);
    const [text, setText] = useTyped(q);
    const wrong = kind === "telegram_id" && text.trim() !== "" && !/^[1-9]\d{0,15}$/.test(text.trim());
    return (
        <form class="filters" role="search" onSubmit={e => {
            e.preventDefault();
            if (!wrong) filterBy(["users"], text.trim() ? { by: kind, q: text.trim() } : {});
        }}>
            <SelectField label={t("console.search_by")} value={kind} onValue={setKind} choices={[
                { value: "telegram_id", label: t("console.telegram_id") },
                { value: "username", label: t("console.username") },
                { value: "referral_code", label: t("console.referral_code") },
            ]} />
            <TextField label={t("console.search_for")} type="search" value={text} onValue={setText} maxLength={kind === "referral_code" ? 32 : 64}
                       error={wrong ? t("console.not_number") : undefined} />
            <Button type="submit" icon="search">{t("console.search")}</Button>
        </form>
    );
}

export function UsersScreen() {
    const query = place.value.query;
    const by = (["telegram_id", "username", "referral_code"] as const).find(b => b === query.get("by")) ?? "telegram_id";
    const q = query.get("q") ?? "";
    const wanted = q ? { [by]: by === "username" ? q.replace(/^@/, "") : q } : {};
    return (
        <>
            <Title text={t("console.users")} />
            <Table title={t("console.users")} columns={columns} usual="-created_at" keyOf={p => p.id} file="users" deps={[by, q]} filters={<Search by={by} q={q} />}
                   load={(asked, signal) => api.get("/v1/admin/users", { query: { ...wanted, ...asked }, signal })} />
        </>
    );
}

// What somebody sees who is not signed in: why, and every way in that this server has.
import { useState } from "preact/hooks";
import { ApiError, api } from "./api.ts";
import { t } from "./i18n.ts";
import { Icon } from "./icons.tsx";
import { errorText } from "./refusals.ts";
import { signInAsDemo, signInError, signInWithTelegram } from "./session.ts";
import { inTelegram, openLink } from "./telegram.ts";
import { Button, Failure, Skeleton, useBusy, useLoad } from "./ui.tsx";

export function SignIn({ title, text }: { title: string; text: string }) {
    const ways = useLoad(signal => api.get("/v1/auth", { signal }), []);
    const [busy, run] = useBusy();
    const [failed, fail] = useState<unknown>(null);
    const why = failed ?? signInError.value;
    const go = (work: () => Promise<void>) => run(async () => {
        try {
            await work();
        } catch (e) {
            fail(e);
            throw e;
        }
    });
    return (
        <main class="signin">
            <span class="signin-mark"><Icon name="check" size={40} /></span>
            <h1>{title}</h1>
            <p class="muted">{text}</p>
            {why != null && <p class="signin-why" role="alert">{why instanceof ApiError && why.status === 401 && !why.detail
                ? t("web.signin.ended") : errorText(why, t)}</p>}
            {ways.error !== undefined && <Failure error={ways.error} retry={ways.reload} />}
            {ways.value === undefined && ways.error === undefined && <Skeleton lines={1} />}
            {inTelegram && <Button look="main" wide busy={busy} onClick={() => go(signInWithTelegram)}>{t("web.signin.again")}</Button>}
            {ways.value?.demo && <Button look="main" wide busy={busy} onClick={() => go(signInAsDemo)}>{t("web.signin.demo")}</Button>}
            {!inTelegram && ways.value?.bot && (
                <>
                    <Button look={ways.value.demo ? "plain" : "main"} wide onClick={() => openLink(`https://t.me/${ways.value!.bot}?start=web`)}>
                        {t("web.signin.bot")}
                    </Button>
                    <p class="muted">{t("web.signin.bot_how")}</p>
                </>
            )}
            {!inTelegram && ways.value && !ways.value.bot && !ways.value.demo && <p class="muted">{t("web.signin.link_how")}</p>}
        </main>
    );
}

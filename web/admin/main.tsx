import { render } from "preact";
import languages from "habitd:languages/admin";
import { t, useLanguages } from "../shared/i18n.ts";
import { signedIn, startSession } from "../shared/session.ts";
import { SignIn } from "../shared/signin.tsx";
import { startTelegram } from "../shared/telegram.ts";
import { startTheme } from "../shared/theme.ts";
import { Overlay } from "../shared/ui.tsx";
import "../shared/base.css";

function Console() {
    return (
        <>
            {signedIn.value ? <main>{t("console.title")}</main> : <SignIn title={t("console.title")} text={t("console.signin")} />}
            <Overlay />
        </>
    );
}

startTelegram();
startTheme();
await Promise.all([useLanguages(languages, navigator.languages), startSession(true)]);
render(<Console />, document.getElementById("page")!);

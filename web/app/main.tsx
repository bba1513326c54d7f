import { render } from "preact";
import languages from "habitd:languages/app";
import { t, useLanguages } from "../shared/i18n.ts";
import { signedIn, startSession } from "../shared/session.ts";
import { SignIn } from "../shared/signin.tsx";
import { startTelegram } from "../shared/telegram.ts";
import { startTheme } from "../shared/theme.ts";
import { Overlay } from "../shared/ui.tsx";
import "../shared/base.css";

function App() {
    return (
        <>
            {signedIn.value ? <main>{t("web.signin.title")}</main> : <SignIn title={t("web.signin.title")} text={t("web.signin.text")} />}
            <Overlay />
        </>
    );
}

startTelegram();
startTheme();
await Promise.all([useLanguages(languages, navigator.languages), startSession(false)]);
render(<App />, document.getElementById("page")!);

use super::activity::activity_event_text;
use super::countries::country_name;
use super::flash_messages::flash_message_text;
use super::islands::ISLAND_TEXTS;
use super::payments::PAYMENT_TEXTS;
use super::problems::{format_count, problem_text};
use crate::i18n::islands::PlaceholderText;
use crate::i18n::pages::{
    AuthenticatorTexts, DashboardTexts, DeletionTexts, EmailTexts, ErrorPageTexts, ExportTexts,
    FrameTexts, HistoryTexts, LostPhoneTexts, NotFoundTexts, PageTexts, PasswordResetTexts,
    PhoneTexts, ProfileTexts, RecoveryPageTexts, RegistrationTexts, SessionTexts, StepUpTexts,
    TimeAgo, TimeTexts,
};

pub static PAGE_TEXTS: PageTexts = PageTexts {
    shared: &ISLAND_TEXTS,
    problem: problem_text,
    frame: FrameTexts {
        description: |service| {
            format!("Entre em {service} com sua senha e um código no seu telefone.")
        },
        skip: "Ir para o conteúdo",
        account: "Conta",
        profile: "Perfil",
        payments: "Pagamentos",
        sign_out: "Sair",
        links: "Ajuda e informações legais",
        support: "Ajuda",
        imprint: "Informações da empresa",
        privacy: "Privacidade",
        terms: "Termos de uso",
        language: "Idioma",
    },
    not_found: NotFoundTexts {
        title: "Página não encontrada",
        text: "Não há nada neste endereço.",
        home: |service| format!("Ir para {service}"),
    },
    ended_title: "Comece novamente",
    held_title: "Tente novamente mais tarde",
    register: RegistrationTexts {
        title: "Criar sua conta",
        already: "Já tem uma conta? ",
        credentials_title: "Senha e telefone",
        verify_title: "Verificar seu telefone",
        will_send: PlaceholderText {
            before: "Enviaremos um código por SMS para ",
            after: "",
        },
        change_details: "Alterar seus dados",
        steps: ["Seus dados", "Senha e telefone", "Verificação"],
    },
    verify_title: "Digitar o código",
    otp_explanation: None,
    not_you: "Não é você?",
    valid_until: PlaceholderText {
        before: "O código é válido até ",
        after: ".",
    },
    reload_to_resend: PlaceholderText {
        before: "Para pedir outro código, recarregue esta página depois de ",
        after: ".",
    },
    authenticator_prompt: "Digite o código exibido pelo seu aplicativo autenticador.",
    dashboard: DashboardTexts {
        title: "Painel",
        welcome: |name| format!("Você entrou na sua conta, {name}."),
        failures: |failures| {
            format!(
                "Antes do seu login, {} depois da sua senha. Foi você? ",
                format_count(
                    failures as u64,
                    "código incorreto foi digitado",
                    "códigos incorretos foram digitados"
                )
            )
        },
        failures_advice: "Se não, altere a sua senha. ",
        security: "Segurança",
        last_sign_in: "Último outro login",
        no_other_sign_in: "Não houve nenhum outro login.",
    },
    profile: ProfileTexts {
        title: "Perfil",
        methods: "Métodos de login",
        activity: "Atividade",
        on: "Ativado",
        not_set_up: "Não configurado",
        running_out: "Restam poucos",
        set_up: "Configurar",
        manage: "Gerenciar",
        change_phone: "Alterar o número de telefone",
        change_password: "Alterar a senha",
        phone_country: "País do número",
        country_name,
        app_benefit: "Um aplicativo mostra os códigos, mesmo sem sinal.",
        codes_left: |left| match left {
            0 => "Nenhum. Sem o seu telefone, você não poderia entrar.".to_owned(),
            left => format_count(u64::from(left), "restante", "restantes"),
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "Esqueceu a senha?",
        forgot_lead: "Digite seu nome de usuário ou e‑mail. Enviamos ao seu endereço de e‑mail um link para escolher uma nova senha.",
        forgot_without_mail: "Este serviço não pode enviar e‑mails e, portanto, não pode enviar um link. Peça uma nova senha ao seu administrador.",
        link_advice: |minutes| {
            format!(
                "O link funciona uma vez, durante {minutes} minutos. Verifique também a pasta de spam."
            )
        },
        back: "Voltar ao login",
        title: "Escolher uma nova senha",
        lead: "Depois pediremos um código, se a sua conta tiver um segundo fator.",
        invalid_title: "Este link não funciona",
        again: "Solicitar um novo link",
        factor: "Confirme com um código que é você. Depois disso, sua nova senha será salva.",
    },
    email: EmailTexts {
        verify_title: "Confirmar seu endereço de e‑mail",
        confirmed: "Confirmado",
        not_confirmed: "Não confirmado",
        will_send: PlaceholderText {
            before: "Enviamos um código para ",
            after: ". Digite-o aqui para confirmar que o endereço é seu.",
        },
        sent_to: PlaceholderText {
            before: "Se este endereço puder ser usado para a sua conta, um código está a caminho de ",
            after: ". Ele vale por 15 minutos.",
        },
        code_expired: "O código expirou.",
        other_address: "Usar outro endereço",
        change_title: "Alterar o endereço de e‑mail",
        current: "Endereço de e‑mail atual",
        change_lead: "Enviamos um código para o novo endereço e uma mensagem para o atual.",
        change_lead_unverified: "Enviamos um código para o novo endereço.",
        cancel_title: "Interromper a alteração do seu endereço de e‑mail?",
        cancel_lead: "Sua conta mantém o endereço atual, e as sessões em todos os dispositivos são encerradas.",
        cancel: "Interromper a alteração",
        cancel_not_needed: "Se é você quem está alterando o endereço, não precisa fazer nada.",
        invalid_title: "Este link não funciona",
        to_sign_in: "Ir para o login",
    },
    name_title: "Alterar o nome ou o nome de usuário",
    lost_phone: LostPhoneTexts {
        title: "Perdeu o telefone?",
        lead: |hours| {
            match hours {
                0 => "Enviaremos um link por e‑mail. Depois de abri-lo e confirmar, sua senha basta para configurar um novo número no mesmo navegador, e você mantém a sua conta.".to_owned(),
                _ => format!(
                    "Enviaremos um link por e‑mail. Depois de abri-lo e confirmar, você espera {}. Em seguida, sua senha basta para configurar um novo número no mesmo navegador, e você mantém a sua conta.",
                    format_count(hours, "hora", "horas")
                ),
            }
        },
        other_ways: "Um código de recuperação ou o seu aplicativo autenticador funciona na hora: entre com ele e altere seu número no perfil.",
        open_title: "Seu telefone está perdido?",
        open_lead: |hours| {
            match hours {
                0 => "Avisamos agora o seu endereço de e‑mail e o seu número antigo. Depois disso, entre com sua senha neste navegador e configure um novo número.".to_owned(),
                _ => format!(
                    "Avisamos agora o seu endereço de e‑mail e o seu número antigo, e de novo na metade do prazo de espera de {}. Depois desse prazo, entre com sua senha neste navegador e configure um novo número.",
                    format_count(hours, "hora", "horas")
                ),
            }
        },
        open: "Meu telefone está perdido",
        open_not_needed: "Se você ainda tem o seu telefone, não precisa fazer nada aqui. Se você não solicitou o e‑mail, altere a sua senha.",
        other_browser: "Você pode configurar o novo número no navegador em que confirmou a perda do telefone. Para este navegador, enviaremos um novo link por e‑mail.",
        move_title: "Configurar o novo número neste navegador?",
        move_lead: |hours| {
            match hours {
                0 => "O prazo terminou. Depois de confirmar, entre com sua senha neste navegador e configure um novo número.".to_owned(),
                _ => format!(
                    "O prazo termina em {}. Em seguida, entre com sua senha neste navegador e configure um novo número.",
                    format_count(hours, "hora", "horas")
                ),
            }
        },
        move_here: "Usar este navegador",
        move_not_needed: "Para continuar no navegador anterior, não precisa fazer nada aqui.",
        cancel_title: "Manter o seu número de telefone?",
        cancel_lead: "Seu telefone foi informado como perdido. Cancele a solicitação se você ainda está com ele ou se não foi você.",
        cancel: "Cancelar e manter meu número",
        cancel_not_needed: "Se foi você quem informou a perda, não precisa fazer nada.",
        question_title: "Seu telefone foi informado como perdido. Foi você?",
        question_lead: "Isso foi feito com a sua senha e o seu e‑mail. Se você ainda está com o telefone, cancele a solicitação. Se não foi você, altere também a sua senha.",
        not_me: "Cancelar a solicitação",
        was_me: "Fui eu, continuar",
        reported: "Seu telefone foi informado como perdido. Digite o seu novo número.",
        other_factor: "Se você ainda tem o seu telefone, o seu aplicativo autenticador ou um código de recuperação, pode manter o seu número.",
        keep_number: "Manter meu número",
        pending: "Seu telefone foi informado como perdido.",
        check: "Verificar a solicitação",
        undo_title: "Desfazer a alteração do seu número de telefone?",
        undo_lead: "Sua conta volta a ter este número, e todas as sessões são encerradas. Antes de entrar, será preciso redefinir a senha.",
        undo_email_title: "Desfazer a alteração do seu endereço de e‑mail?",
        undo_email_lead: "Sua conta volta a ter este endereço, e todas as sessões são encerradas. Antes de entrar, será preciso redefinir a senha.",
        undo_until: PlaceholderText {
            before: "Este link vale até ",
            after: ".",
        },
        undo: "Desfazer a alteração",
        undo_not_needed: "Se foi você quem fez esta alteração, não precisa fazer nada.",
        invalid_title: "Este link não funciona",
        to_sign_in: "Ir para o login",
    },
    export: ExportTexts {
        title: "Baixar seus dados",
        lead: "Um arquivo com o que guardamos sobre você: seus dados, suas sessões, sua atividade e seus pagamentos.",
        advice: "Ele está no formato JSON, para outros programas. Guarde-o onde só você possa lê-lo.",
        download: "Baixar",
    },
    deletion: DeletionTexts {
        title: "Seus dados",
        delete_title: "Excluir a conta",
        delete_lead: |days| {
            format!(
                "Sua conta será excluída {} após a confirmação. Até lá, você pode entrar para mantê-la.",
                format_count(days, "dia", "dias")
            )
        },
        delete_effects: [
            "As sessões em todos os dispositivos são encerradas na hora, e os pagamentos que aguardam um código são cancelados.",
            "Depois, seu nome, seus endereços, suas sessões e seu histórico são apagados. Isso não pode ser desfeito.",
            "Os valores e as datas dos pagamentos realizados ficam nos registros, sem o seu nome.",
        ],
        keep_title: "Manter a sua conta?",
        keep_lead: PlaceholderText {
            before: "Sua conta será excluída em ",
            after: ". Quer mantê-la?",
        },
        keep: "Manter minha conta",
        do_not_keep: "Sair e deixar que seja excluída",
    },
    phone: PhoneTexts {
        country: "País",
        invalid: "Digite um número de telefone válido. Verifique os dígitos e o país.",
        sms_risk: "Mensagens podem ser interceptadas: nunca compartilhe um código.",
        sms_risk_and_alternative: "Mensagens podem ser interceptadas: nunca compartilhe um código. Depois de entrar, você pode adicionar um aplicativo autenticador para usar no lugar.",
        title: "Alterar o número de telefone",
        current: "Número de telefone atual",
        verified: PlaceholderText {
            before: "Seu novo número ",
            after: " está verificado. Confirme para usá-lo a partir de agora.",
        },
    },
    authenticator: AuthenticatorTexts {
        title: "Aplicativo autenticador",
        intro: "Um aplicativo no seu telefone mostra um novo código a cada 30 segundos. Ele funciona sem sinal, e não há mensagem que possa ser interceptada.",
        set_up: "Configurar o aplicativo autenticador",
        since: "Configurado",
        new_phone: "Telefone novo? Substitua o aplicativo: o antigo funciona até que o novo seja confirmado.",
        replace: "Substituir",
        old_works: "Seu aplicativo atual funciona até você confirmar o novo.",
        scan: "Escaneie isto com o seu aplicativo autenticador e depois digite os 6 dígitos que ele mostra.",
        qr: "Código QR para o seu aplicativo autenticador",
        open_here: "Abrir em um aplicativo neste dispositivo",
        or_type: "Ou digite esta chave no aplicativo:",
    },
    recovery: RecoveryPageTexts {
        title: "Códigos de recuperação",
        intro: "Cada código de recuperação permite entrar uma vez quando você estiver sem o telefone.",
        none: "Você não tem códigos de recuperação.",
        left: "Códigos restantes",
        created: "Criados",
        left_of: |left, all| format!("{left} de {all}"),
        replace_text: |left| match left {
            0 => "Você já usou todos os seus códigos.".to_owned(),
            1 => "O código que resta deixará de funcionar.".to_owned(),
            more => format!("Os {more} códigos que restam deixarão de funcionar."),
        },
        create: "Criar códigos de recuperação",
        shown_once: "Estes códigos são exibidos somente desta vez. Salve-os antes de sair desta página.",
        keep: "Guarde-os onde só você possa encontrá-los. Cada um funciona uma vez; os códigos anteriores não funcionam mais.",
        download: "Baixar",
        done: "Concluir",
        file_name: |service| format!("{service}-codigos-de-recuperacao"),
        file_title: |service| format!("Códigos de recuperação de {service}"),
        file_advice: [
            "Cada código funciona uma vez, no lugar de um código no seu telefone.",
            "Guarde este arquivo onde só você possa encontrá-lo.",
        ],
    },
    sessions: SessionTexts {
        title: "Onde você entrou",
        intro: "Se você não reconhecer um dispositivo, encerre a sessão dele, altere a sua senha e avise o seu administrador.",
        end_others: "Sair de todos os outros dispositivos",
        this: "Este dispositivo",
        end: "Encerrar a sessão",
        end_named: |device| format!("Encerrar a sessão: {device}"),
        device: |browser, system| format!("{browser} no {system}"),
        unknown_device: "Dispositivo desconhecido",
        program: "Um aplicativo ou outro serviço",
        signed_in: "Login: ",
        last_active: "Última atividade: ",
    },
    history: HistoryTexts {
        title: "Histórico de segurança",
        intro: "O que aconteceu com a sua conta e de onde.",
        pages: "Páginas",
        older: "Mais antigos",
        newest: "Mais recentes",
        by_service: "Por este serviço",
        activity_event: activity_event_text,
    },
    payments: PAYMENT_TEXTS,
    step_up: StepUpTexts {
        password: "Antes de continuar, confirme que é você: digite sua senha e depois um código.",
        factor: "Confirme que é você.",
    },
    time: TimeTexts {
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        day: |day, month, year| match day {
            1 => format!("1º de {month} de {year}"),
            day => format!("{day} de {month} de {year}"),
        },
        exact: |day, month, year, time| match day {
            1 => format!("1º de {month} de {year} às {time} UTC"),
            day => format!("{day} de {month} de {year} às {time} UTC"),
        },
        ago: |since| match since {
            TimeAgo::Now => "agora mesmo".to_owned(),
            TimeAgo::Minutes(minutes) => {
                format!("há {}", format_count(minutes, "minuto", "minutos"))
            }
            TimeAgo::Hours(hours) => format!("há {}", format_count(hours, "hora", "horas")),
            TimeAgo::Days(days) => format!("há {}", format_count(days, "dia", "dias")),
        },
    },
    error_page: ErrorPageTexts {
        title: "Não funcionou",
        home: "Voltar ao início",
        cross_site: "Esta solicitação veio de outro site e não foi executada.",
        not_found: "Não há nenhuma página neste endereço.",
        too_slow: "A solicitação demorou demais para chegar. Tente novamente.",
        too_large: "A solicitação é grande demais.",
        too_many: "Solicitações demais. Aguarde um momento.",
        busy: "Estamos com muito movimento. Tente novamente em instantes.",
        internal: "Algo deu errado do nosso lado. Tente novamente.",
        malformed: "Não foi possível entender a solicitação.",
        request_id: "Se entrar em contato com o suporte, informe este identificador:",
    },
    flash_message: flash_message_text,
};

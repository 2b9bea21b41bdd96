// Generated from crates/api/openapi.json by `npm run client`: do not edit.

export interface paths {
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists accounts
         * @description Those within the administrator's area, in the order in which they were made.
         */
        get: operations["list_accounts"];
        put?: never;
        /**
         * Makes an account
         * @description It holds nothing until the security administrator grants a role.
         */
        post: operations["create_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads an account */
        get: operations["read_account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Switches an account on or off
         * @description Switching it off ends its sessions.
         */
        put: operations["switch_account"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Says what an account holds
         * @description Its sessions end.
         */
        put: operations["change_grants"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Resets a password
         * @description The account is no longer locked, and its sessions end.
         */
        put: operations["reset_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Takes a second factor away
         * @description For somebody who has lost it. The sessions of the account end.
         */
        delete: operations["reset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what came into force
         * @description The newest first.
         */
        get: operations["list_activations"];
        put?: never;
        /**
         * Puts packs and places into force
         * @description Exactly those that were previewed, right after what was in force then. Cases keep the version under which their limits
         *     were set; units and the dispatch directory stay as they are.
         */
        post: operations["activate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shows what putting packs and places into force would do
         * @description Nothing changes. Findings are no problem but the answer.
         */
        post: operations["preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/areas/locate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Finds the areas of a point */
        get: operations["locate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/areas/outlines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads outlines of areas */
        get: operations["read_outlines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attachments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Uploads a file
         * @description The body is the file itself, at most 20 MB: JPEG, PNG, WebP, PDF and what else evidence may be; its type is found from
         *     its content. Whoever uploaded it refers to it in `evidence` within 24 hours, or it is removed.
         */
        post: operations["upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attachments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a file that one has uploaded */
        get: operations["read_own"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads the journal
         * @description The newest first: what happened in the area of the role, what belongs to no district, what came into force, and the
         *     units and the dispatch directory of the areas above. Personal values stand in it only by reference; who looked at them
         *     does stand in it.
         */
        get: operations["read_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/seals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists seals
         * @description Each is verified while it is read. Who reads all pages has verified the whole chain, as `quanyu audit verify` does.
         */
        get: operations["list_seals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/{position}/seal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads the seal of an event
         * @description Verified while it is read: all events of its block, the signature, and the link to the block before it.
         */
        get: operations["read_seal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/callers/lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finds the earlier cases of a caller
         * @description Only those that the operator may see. The look-up itself is journalled, without the number.
         */
        post: operations["look_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists cases
         * @description Everything that the caller's roles let them see, or a work list of it, page by page or as a sheet. The journal keeps
         *     who took a sheet.
         */
        get: operations["list_cases"];
        put?: never;
        /**
         * Files a case
         * @description Takes a demand in for somebody who calls, comes or was met. Send an `Idempotency-Key` of your own making (a UUID) and
         *     repeat it with every retry: a request that got through before is answered with the case that it filed (200 instead of
         *     201) and files no second one.
         */
        post: operations["file_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Finds cases by words
         * @description As far as the caller may see them, the newest first. What was just filed is found a moment later.
         */
        get: operations["search_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a case
         * @description The whole case with its texts, the titles of everything in it, and what the caller may do with it now. The `ETag` is
         *     its version: send it back as `If-Match` (or as `version`) with an act.
         */
        get: operations["read_case"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/attachments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads an attachment of a case */
        get: operations["read_of_case"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/confidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Makes a case confidential, or names others for it
         * @description 保密: from then on it exists for the named people alone, each as far as their roles reach it.
         */
        put: operations["confide"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/disclosure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lifts a case's confidence */
        post: operations["disclose"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hands an assignment over to a colleague
         * @description 移交经办人: somebody else of the same unit works on it; unit and limits stay. People of the unit may, and supervisors.
         */
        post: operations["hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explains a case's limits
         * @description Step by step in both languages, with the calendar and rules of the version that set each.
         */
        get: operations["read_limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/proposal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Proposes whose job a case is */
        get: operations["read_proposal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/publication": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Proposes what to publish of a case
         * @description The texts with names, numbers, plates and doors masked by rule, and what was masked: a clerk reads and corrects it. A
         *     rule knows no people.
         */
        get: operations["propose"];
        /**
         * Publishes a case
         * @description 公开: what is sent here is all that anybody sees of it; the point is generalised to a cell of about a kilometre.
         */
        put: operations["publish"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/reporter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shows who reported a case
         * @description For those who have to speak with the reporter. The journal keeps who looked, when, and what for.
         */
        post: operations["reveal_reporter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for something about a case
         * @description 退单、延期、挂账、剔除、并案、重办: somebody outside the unit that asks decides.
         */
        post: operations["make_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/requests/{request}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decides a request */
        post: operations["decide_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Finds cases that may be the same thing */
        get: operations["read_similar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a step on a case
         * @description Which steps there are, who may take them and what they need is declared by the packs in force;
         *     `available.steps` of the case names those that the caller may take now.
         */
        post: operations["take_step"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/supporters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists who added themselves to a case */
        get: operations["list_supporters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/supporters/reveal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shows the telephone number of somebody who added themselves
         * @description For those who have to speak with them. The journal keeps who looked, when, and what for.
         */
        post: operations["reveal_supporter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a case's timeline */
        get: operations["read_timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{number}/withdrawal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a published case back */
        post: operations["withdraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/directory/{district}/row": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Puts one row */
        put: operations["put_row"];
        post?: never;
        /** Deletes one row */
        delete: operations["delete_row"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/directory/{district}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the directory of a city or district
         * @description Its own rows, in the order of their matters; a district without a row for a matter follows its city.
         */
        get: operations["list_rows"];
        /**
         * Puts rows
         * @description All of them or none; other rows stay. Whole directories come in with the command line's import.
         */
        put: operations["put_rows"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erases who reported a case
         * @description The key of the person and the texts of every case that they reported are destroyed; the history stays whole. It cannot
         *     be undone.
         */
        post: operations["erase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gazetteer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Finds places by name */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists API keys */
        get: operations["list_keys"];
        put?: never;
        /** Makes an API key */
        post: operations["make_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Revokes an API key, or lets it hold again */
        put: operations["switch_key"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watches the caller's cases live
         * @description Server-sent events by position in the journal: each names a case that the caller may see and what happened to it, as a
         *     `LiveEvent`; whoever wants to know more reads the case. Resumable: browsers send `Last-Event-ID` by themselves, others
         *     `since`. The feed ends with the session, and when the client is too slow; come back with the last position. An account
         *     has at most four feeds.
         */
        get: operations["watch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists matters */
        get: operations["list_matters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Suggests matters for a text */
        get: operations["suggest_matters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a matter */
        get: operations["read_matter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says who one is */
        get: operations["read_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Changes one's own password
         * @description Every session ends: sign in with the new one.
         */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins to enrol one's second factor
         * @description It is in force once a code was confirmed; until then this may be asked again.
         */
        post: operations["begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/second-factor/confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirms one's second factor */
        post: operations["confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads the rules in force */
        get: operations["read_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/model/districts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the districts with rules of their own
         * @description Any other district of a city goes by the city's.
         */
        get: operations["list_models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/model/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads what is counted */
        get: operations["read_figures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/model/work-time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads when people work */
        get: operations["read_work_time"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describes the API */
        get: operations["read_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/attachments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Uploads a file without an account
         * @description For the evidence of `POST /public/cases`; as with `POST /attachments`.
         */
        post: operations["upload_publicly"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists published cases */
        get: operations["list_published"];
        put?: never;
        /**
         * Files a case without an account
         * @description For residents; the channel must be a public one. An `Idempotency-Key` works as with `POST /cases`.
         */
        post: operations["file_public_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/cases/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a published case */
        get: operations["read_published"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/cases/{number}/supporters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adds somebody to a published case, without an account
         * @description Only while it is open, and a telephone number once. Gives a number and a secret of its own, with which
         *     `POST /tracking/{number}` tells how the case stands. An `Idempotency-Key` works as with `POST /cases`.
         */
        post: operations["support"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/nearby": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what is published and open near a place
         * @description For somebody who is about to report something there: it may have been reported.
         */
        get: operations["list_nearby"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/rates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads how the district is doing
         * @description The same figures as `GET /rates`, with what each is made of, for areas down to the subdistrict.
         */
        get: operations["read_public_rates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads rates
         * @description Each with numerator, denominator, sample and exclusions; the version of the rules that say how they are reckoned, and the
         *     position of the journal at which they are exact. Units are ranked by the first score; who has too few cases behind it is
         *     shown without a rank.
         */
        get: operations["read_rates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rates/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads the cases behind a number
         * @description Exactly those that the number counts, as far as the caller may see them, page by page.
         */
        get: operations["read_cases_behind"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rates/editions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the editions of a period
         * @description The newest first, each with what differs from the one before.
         */
        get: operations["list_editions"];
        put?: never;
        /**
         * Closes a period
         * @description Publishes its figures as they are: edition 1, and after corrections the next one, which shows what differs. An edition is
         *     never changed; where nothing differs from the last one, closing again is refused.
         */
        post: operations["close_period"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rates/editions/{edition}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads an edition
         * @description The figures as they were published.
         */
        get: operations["read_edition"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rates/editions/{edition}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the cases that moved an edition
         * @description Those that were decided upon between the edition before and this one, and counted otherwise from then on: what was
         *     corrected. A case may stand on more than one page; a page may be empty and still have a next one.
         */
        get: operations["list_moved"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the samples of a district
         * @description The newest month first.
         */
        get: operations["list_samples"];
        put?: never;
        /**
         * Draws a sample
         * @description Of the cases that a district closed in a month that is over: a share of every responsible unit's, in an order that follows
         *     from a recorded seed. A month is drawn once: asked again, the same draw is told (200 instead of 201).
         */
        post: operations["draw_sample"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/samples/{id}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the cases of a sample
         * @description What a call-back clerk has to work through, as far as the caller may see it. Answers are recorded with a step of the case.
         */
        get: operations["list_sampled_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists one's own sessions */
        get: operations["list_sessions"];
        put?: never;
        /**
         * Signs in
         * @description Sets the session cookie for browsers and answers with the token for programs. A session is bound to the program that
         *     began it (`User-Agent`). `code_needed`: the account has a second factor, send the same again with its `code`.
         */
        post: operations["sign_in"];
        /** Signs out everywhere */
        delete: operations["sign_out_everywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Signs out */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Finds cases that may be the same thing as what is being told */
        post: operations["find_similar"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tallies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts what happened
         * @description Exact at the position that is told. A measure counts cases on the day of its moment, as the packs in force say: what is
         *     corrected later moves from day to day, or away.
         */
        get: operations["read_tallies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tallies/day": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts a day against the usual
         * @description The cases filed on a day, by hour, place and matter, beside those of the same weekday in the weeks before. At most 12,000
         *     cases are looked at: a larger city asks for one of its districts, or fewer weeks.
         */
        get: operations["read_day"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tallies/standing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts where the open cases stand
         * @description How many are overdue, escalated, or will be overdue within a day: by phase, unit, place and matter.
         */
        get: operations["read_standing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tracking/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Follows a case */
        post: operations["follow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tracking/{number}/attachments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reads a photo of a case with its secret
         * @description A copy without the place and time that cameras write into photos.
         */
        post: operations["read_of_followed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tracking/{number}/rating": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rates a case */
        post: operations["rate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tracking/{number}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens a closed case again */
        post: operations["reopen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists units */
        get: operations["list_units"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what became of units
         * @description The newest first.
         */
        get: operations["list_changes"];
        put?: never;
        /**
         * Changes the tree of units
         * @description What units that end had to do is handed to their successors on the first day of the new order.
         */
        post: operations["change_units"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads a unit */
        get: operations["read_unit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units/{code}/colleagues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists who works for a unit
         * @description For those who work there, and those who see the cases of its area: to whom work may be handed, and who may be named
         *     for a confidential case.
         */
        get: operations["list_colleagues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units/{code}/open-work": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads what a unit has in hand */
        get: operations["read_open_work"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vitals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads how the program is doing */
        get: operations["read_vitals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists webhooks */
        get: operations["list_webhooks"];
        put?: never;
        /** Makes a webhook */
        post: operations["subscribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Stops a webhook, or lets it go on */
        put: operations["switch_webhook"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the deliveries of a webhook */
        get: operations["list_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/{position}/again": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a delivery again */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that the process lives */
        get: operations["lives"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says whether the server can work
         * @description 200 when the store answers within two seconds, commits succeed and rules are in force, 503 otherwise.
         */
        get: operations["is_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account, without what proves it. */
        Account: {
            /** @description Whether it may sign in. */
            active: boolean;
            /** @description What it holds. */
            grants: components["schemas"]["Grant"][];
            /** @description Its id. */
            id: components["schemas"]["Number"];
            locked_until?: components["schemas"]["Moment"];
            /** @description The name to sign in with. */
            login: string;
            /** @description The person's name. */
            name: string;
            /** @description When the password was set. */
            password_set_at: components["schemas"]["Moment"];
            /** @description Whether somebody else set the password, so that it is to be changed first of all. */
            provisional: boolean;
            /** @description Whether it has a second factor in force. */
            second_factor: boolean;
            /**
             * Format: int64
             * @description Counts changes.
             */
            version: number;
        };
        /**
         * @description What a step does; it decides which fields come along.
         * @enum {string}
         */
        ActName: "answer" | "reject" | "dispatch" | "accept" | "contact" | "hand_in" | "pass" | "rework" | "call_back" | "rate" | "reopen" | "urge" | "move";
        /** @description An activation. */
        Activation: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description Who did it. */
            by: components["schemas"]["Actor"];
            /** @description Whether it is in force now. */
            in_force: boolean;
            /**
             * Format: int64
             * @description 1, 2, 3, …; the last is in force.
             */
            number: number;
            /** @description Hash of the sources. */
            source: string;
        };
        /** @description What putting sources into force would do. */
        ActivationPreview: {
            /**
             * Format: int64
             * @description The activation that is in force; 0 for none. What is activated must come right after it.
             */
            after: number;
            /** @description What changes, by district or city; empty where they cannot come into force. */
            districts: components["schemas"]["DistrictPreview"][];
            /** @description How many files were read. */
            files: number;
            /** @description What is wrong with them, or probably not meant; the first five hundred. */
            findings: components["schemas"]["Finding"][];
            /** @description Whether they can come into force. */
            sound: boolean;
            /** @description Hash of the sources: what is activated must have it. */
            source: string;
            trouble?: components["schemas"]["Title"];
        };
        /**
         * @description Whether an account may sign in.
         * @example {
         *       "active": false
         *     }
         */
        Activity: {
            /** @description Whether it may. */
            active: boolean;
        };
        /** @description Who did something. */
        Actor: {
            /** @description The account. */
            id: components["schemas"]["Number"];
            /** @enum {string} */
            kind: "account";
            /** @description The person's name, where the account still exists. */
            name?: string;
        } | {
            /** @enum {string} */
            kind: "reporter";
        } | {
            /** @enum {string} */
            kind: "program";
        };
        /** @description An answer at intake. */
        AnswerAtIntake: {
            /** @description The outcome. */
            outcome: string;
            /** @description The reply. */
            reply: string;
        };
        /** @description What the reporter said to the three questions, or that nobody answered. */
        Answers: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description Who recorded it: a clerk by telephone, or the reporter unasked. */
            by: components["schemas"]["Actor"];
            /** @description Whether anybody answered. */
            reached: boolean;
            /** @description Was somebody in touch? */
            responded?: boolean;
            satisfaction?: components["schemas"]["SatisfactionName"];
            /** @description Is it solved? */
            solved?: boolean;
        };
        /** @description A unit's part in a case. */
        Assignment: {
            accepted_at?: components["schemas"]["Moment"];
            ended_at?: components["schemas"]["Moment"];
            holder?: components["schemas"]["Actor"];
            /**
             * Format: int32
             * @description Number within the case.
             */
            number: number;
            /** @description When it was offered. */
            offered_at: components["schemas"]["Moment"];
            /** @description Lead or assisting. */
            part: components["schemas"]["PartName"];
            /** @description Where it stands. */
            state: components["schemas"]["AssignmentStateName"];
            /** @description The unit. */
            unit: components["schemas"]["UnitName"];
        };
        /**
         * @description Where an assignment stands.
         * @enum {string}
         */
        AssignmentStateName: "offered" | "accepted" | "done" | "returned" | "released";
        /** @description An event of the journal. */
        AuditedEvent: {
            /**
             * @description Who did it.
             * @example account:240315093022100123
             */
            actor: string;
            /** @description When it was decided. */
            at: components["schemas"]["Moment"];
            /** @description The same with a name. */
            by: components["schemas"]["Actor"];
            /**
             * Format: int64
             * @description The district that it belongs to; 0 for none.
             */
            district: number;
            /** @description The decided facts, as the journal seals them: canonical JSON. Absent where they are withheld. */
            facts?: string;
            /** @description Which one. */
            id: components["schemas"]["Number"];
            /** @description What happened. */
            kind: string;
            /** @description What kind of thing it is about. */
            noun: string;
            /**
             * Format: int64
             * @description Its position.
             */
            position: number;
            /** @description Why, in the actor's words. */
            reason?: string;
            /**
             * @description Whether reason and facts are withheld: the event is about a confidential case, and the caller is none of the named
             *     people.
             */
            withheld: boolean;
        };
        /** @description What the caller may do with a case now. Anything else would be refused. */
        Available: {
            /** @description Numbers of the requests that may be decided. */
            decisions: number[];
            /** @description What may be done about who else sees it: `confide` and `disclose`, `publish` and `withdraw`. */
            discretion: components["schemas"]["DiscretionName"][];
            /** @description Numbers of the assignments that may be handed over to a colleague. */
            handovers: number[];
            /** @description Requests that may be made. */
            requests: components["schemas"]["Named"][];
            /** @description Steps that may be taken, in the order of the buttons. */
            steps: components["schemas"]["AvailableStep"][];
        };
        /** @description A step that may be taken. */
        AvailableStep: {
            /** @description What it does. */
            act: components["schemas"]["ActName"];
            /** @description Kinds of evidence that it needs. */
            evidence: components["schemas"]["Named"][];
            /** @description What to send as `step`. */
            step: components["schemas"]["Named"];
        };
        /** @description A session that has begun. */
        BegunSession: {
            /** @description When the session ends at the latest. */
            ends_at: components["schemas"]["Moment"];
            /** @description Who has signed in. */
            me: components["schemas"]["Me"];
            /** @description The token, for programs: `Authorization: Bearer …`. Browsers have it in the cookie. */
            token: string;
        };
        /** @description A day off, or a weekend that is worked. */
        CalendarException: {
            /**
             * Format: date
             * @description The day.
             */
            date: string;
            /** @description The holiday, as the table names it. */
            name: string;
            /** @description Whether nobody works; otherwise it makes up for a day off. */
            off: boolean;
            /** @description The holiday in both languages. */
            title: components["schemas"]["Title"];
        };
        /** @description The working calendar of a year. */
        CalendarYear: {
            /** @description The days that are not what their day of the week says. */
            exceptions: components["schemas"]["CalendarException"][];
            /**
             * Format: int32
             * @description How many of its days are worked.
             */
            workdays: number;
            /**
             * Format: int32
             * @description The year.
             */
            year: number;
        };
        /** @description The earlier cases of a caller. */
        CallerCases: {
            /** @description The cases, the newest first, at most 50. */
            items: components["schemas"]["CaseSummary"][];
        };
        /**
         * @description Whose earlier cases are looked for.
         * @example {
         *       "phone": "13800001234",
         *       "purpose": "来电受理"
         *     }
         */
        CallerLookup: {
            /** @description The telephone number, however it is written. */
            phone: string;
            /** @description What it is for; the journal keeps it. */
            purpose: string;
        };
        /** @description A case. */
        Case: components["schemas"]["CaseSummary"] & {
            /** @description The cases that were merged into it. */
            absorbed: components["schemas"]["Number"][];
            /** @description Whether nothing is known of who reported it. */
            anonymous: boolean;
            /** @description Call-back attempts and answers. */
            answers: components["schemas"]["Answers"][];
            /** @description The areas in which it lies, the finest first. */
            areas: components["schemas"]["UnitName"][];
            /** @description Assignments, past and present. */
            assignments: components["schemas"]["Assignment"][];
            /** @description What the caller may do with it now. */
            available: components["schemas"]["Available"];
            /** @description Its clocks. */
            clocks: components["schemas"]["Clock"][];
            /** @description The people who alone see it, where it is confidential. */
            confidential?: components["schemas"]["Actor"][];
            /** @description The desk that dispatches, verifies and calls back. */
            desk: components["schemas"]["UnitName"];
            /** @description The district that owns it. */
            district: components["schemas"]["UnitName"];
            /** @description Evidence. */
            evidence: components["schemas"]["Evidence"][];
            /** @description Whether it is left out of the figures. */
            excluded: boolean;
            /** @description Who filed it. */
            filed_by: components["schemas"]["Actor"];
            limit_class?: components["schemas"]["Named"];
            merged_into?: components["schemas"]["Number"];
            /** @description Milestones in the order of time. */
            milestones: components["schemas"]["ReachedMilestone"][];
            /** @description Whether it is published. */
            published: boolean;
            reporter?: components["schemas"]["Person"];
            /** @description Requests, past and present. */
            requests: components["schemas"]["Request"][];
            result?: components["schemas"]["CaseResult"];
            /**
             * Format: int64
             * @description How many have added themselves to it since it was published (附议).
             */
            supporters: number;
            suspended_until?: components["schemas"]["Moment"];
            /** @description What was reported; absent once it was erased. */
            text?: string;
            /** @description Its title. */
            title?: string;
        };
        /** @description What came of a case. */
        CaseResult: {
            /** @description When it was handed in. */
            at: components["schemas"]["Moment"];
            /** @description The outcome. */
            outcome: components["schemas"]["Named"];
            /** @description The reply to the reporter; absent once it was erased. */
            reply?: string;
        };
        /** @description A case in a list. */
        CaseSummary: {
            /** @description Where it lies, the finest area known. */
            area: components["schemas"]["UnitName"];
            /** @description What kind of case it is. */
            case_type: components["schemas"]["Named"];
            /** @description Channel. */
            channel: components["schemas"]["Named"];
            closed_at?: components["schemas"]["Moment"];
            /** @description Demand type. */
            demand: components["schemas"]["Named"];
            due_at?: components["schemas"]["Moment"];
            /** @description Whether supervisors or leaders have been told of a limit that has passed and is not met yet (升级). */
            escalated: boolean;
            /** @description When it was filed. */
            filed_at: components["schemas"]["Moment"];
            /** @description Its title, or the beginning of its text. */
            headline: string;
            holder?: components["schemas"]["Actor"];
            lead?: components["schemas"]["UnitName"];
            matter?: components["schemas"]["MatterName"];
            near_from?: components["schemas"]["Moment"];
            /** @description Its number. */
            number: components["schemas"]["Number"];
            /** @description Whether a limit has passed and is not met yet. */
            overdue: boolean;
            /** @description Phase. */
            phase: components["schemas"]["PhaseName"];
            /** @description The place in words. */
            place?: string;
            position?: components["schemas"]["Position"];
            /** @description State. */
            state: components["schemas"]["Named"];
            /** @description Whether its clocks stand still. */
            suspended: boolean;
            /**
             * Format: int64
             * @description Its version.
             */
            version: number;
        };
        /** @description A kind of case. */
        CaseType: components["schemas"]["Named"] & {
            /** @description The clocks that such a case carries. */
            clocks: components["schemas"]["ClockRule"][];
            /** @description The class of limit where neither directory nor dispatcher names one. */
            default_limit: string;
            /**
             * Format: int32
             * @description How often.
             */
            reopen_at_most: number;
            reopen_within?: components["schemas"]["LimitDuration"];
            /** @description The name of its workflow. */
            workflow: string;
        };
        /**
         * @description What happened to a piece of the rules.
         * @enum {string}
         */
        ChangeName: "added" | "removed" | "changed";
        /** @description The units that a change made or changed. */
        ChangedUnits: {
            /** @description As they are after it. */
            items: components["schemas"]["Unit"][];
        };
        /** @description A channel. */
        Channel: components["schemas"]["Named"] & {
            /** @description Whether people without an account may file through it. */
            public: boolean;
        };
        /** @description A clock of a case. */
        Clock: components["schemas"]["ClockStanding"] & {
            /** @description The class of limit. */
            class: components["schemas"]["Named"];
            /** @description Which. */
            clock: components["schemas"]["Named"];
            /**
             * @description The limit, `7 workdays`.
             * @example 7 workdays
             */
            limit: string;
            /** @description The limit in words. */
            limit_title: components["schemas"]["Title"];
            /**
             * Format: int32
             * @description The request whose decision it measures.
             */
            request?: number;
        };
        /** @description A clock between milestones. */
        ClockRule: components["schemas"]["Named"] & {
            /** @description Whether a granted extension moves it. */
            extendable: boolean;
            /** @description The ladder that it walks. */
            ladder?: string;
            /** @description Its class of limit; absent: the class decided at dispatch. */
            limit?: string;
            /** @description What starts it. */
            starts: components["schemas"]["MilestoneName"];
            /** @description What stops it; closing always does. */
            stops: components["schemas"]["MilestoneName"][];
        };
        /** @description How a clock stands. */
        ClockStanding: {
            due_at?: components["schemas"]["Moment"];
            /** @description Once it is stopped: whether that was in time. */
            in_time?: boolean;
            /**
             * Format: int64
             * @description Once it is stopped too late: by how many seconds.
             */
            late_seconds?: number;
            left?: components["schemas"]["Title"];
            /**
             * Format: int32
             * @description The year whose calendar is missing.
             */
            missing_year?: number;
            near_from?: components["schemas"]["Moment"];
            /**
             * @description `running`, `overdue`, `paused`, `stopped` or `no_calendar`.
             * @example running
             */
            standing: string;
        };
        /**
         * @description A period to close.
         * @example {
         *       "period": "2024-02",
         *       "reason": "月报"
         *     }
         */
        Closing: {
            /**
             * @description `2024-03`; a year or several months are closed as such.
             * @example 2024-03
             */
            period: string;
            /** @description Why, at most 2,000 characters. */
            reason?: string;
            /** @description The city or district; the widest area that the caller sees unless told. */
            within?: string;
        };
        /** @description Somebody who works for a unit. */
        Colleague: {
            /** @description The account. */
            id: components["schemas"]["Number"];
            /** @description The person's name. */
            name: string;
            /** @description What they hold at the unit. */
            roles: components["schemas"]["RoleName"][];
        };
        /** @description Who works for a unit. */
        Colleagues: {
            /** @description Everybody who may sign in, by name. */
            items: components["schemas"]["Colleague"][];
        };
        /**
         * @description Who alone is to see a case.
         * @example {
         *       "people": [
         *         "240315-093022-100123"
         *       ],
         *       "reason": "举报人要求保密"
         *     }
         */
        Confidence: {
            /** @description The accounts, all of them: who was named before and is not here no longer sees it. Whoever decides is added. */
            people: components["schemas"]["Number"][];
            /** @description Why; the journal keeps it. */
            reason: string;
            /**
             * Format: int64
             * @description The version that the caller has seen.
             */
            version?: number;
        };
        /** @description A number of the day beside what is usual. */
        CountAgainstUsual: {
            /**
             * Format: int64
             * @description The number of the day.
             */
            count: number;
            /** @description The same number on each of the days before, in the order of `past`. */
            usual: number[];
        };
        /**
         * @description What proves who somebody is.
         * @example {
         *       "login": "zhang.san",
         *       "password": "a long password"
         *     }
         */
        Credentials: {
            /** @description The code of the authenticator app, or one of those on paper, where the account has a second factor. */
            code?: string;
            /** @description The name to sign in with. */
            login: string;
            /** @description The password. */
            password: string;
        };
        /**
         * @description What longitude and latitude are measured against.
         * @enum {string}
         */
        Datum: "cgcs2000" | "gcj02" | "bd09";
        /** @description A day against the usual: the cases that were filed on it beside those of the same weekday in the weeks before. */
        DayAgainstUsual: {
            /** @description When it was read. */
            at: components["schemas"]["Moment"];
            /** @description By the districts of a city or the subdistricts of a district; empty below. */
            below: components["schemas"]["UnitAgainstUsual"][];
            /**
             * Format: date
             * @description The local day.
             */
            day: string;
            /** @description By hour, from midnight. */
            hours: components["schemas"]["HourAgainstUsual"][];
            /** @description By matter of the first level. */
            matters: components["schemas"]["MatterAgainstUsual"][];
            /** @description The days before, the oldest first. */
            past: string[];
            /**
             * Format: int64
             * @description The position of the journal when it was read.
             */
            position: number;
            /** @description Everything. */
            total: components["schemas"]["CountAgainstUsual"];
            /** @description The area. */
            unit: components["schemas"]["UnitName"];
            /** @description For today: the local time `15:42` up to which it, and the days before, are counted; hours of days before are whole. */
            until?: string;
        };
        /** @description How often it happened on a day. */
        DayCount: {
            /**
             * Format: int64
             * @description How often.
             */
            count: number;
            /**
             * Format: date
             * @description The local day.
             */
            day: string;
        };
        /** @description How a request was decided. */
        Decision: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description Who decided. */
            by: components["schemas"]["Actor"];
            /** @description Why. */
            reason: string;
        };
        /** @description A delivery. */
        Delivery: {
            /**
             * Format: int64
             * @description How often it was tried.
             */
            attempts: number;
            /** @description What is posted, JSON. */
            body: string;
            due?: components["schemas"]["Moment"];
            last_at?: components["schemas"]["Moment"];
            last_reason?: components["schemas"]["Title"];
            /**
             * Format: int64
             * @description Position of the event in the journal.
             */
            position: number;
            /** @description When it came into the outbox. */
            queued_at: components["schemas"]["Moment"];
            /** @description Where it stands. */
            state: string;
        };
        /** @description A demand type. */
        Demand: components["schemas"]["Named"] & {
            /** @description Whether an operator may answer it at intake. */
            answerable_at_intake: boolean;
            /** @description Whether it counts in the rates. */
            counts_in_rates: boolean;
        };
        /** @description A piece of the rules that is different. */
        Difference: {
            /** @description What happened to it. */
            change: components["schemas"]["ChangeName"];
            /** @description What it says differently, where it changed. */
            fields: components["schemas"]["FieldDifference"][];
            /** @description Its name. */
            name: string;
            /** @description Its title. */
            title: components["schemas"]["Title"];
            /** @description What kind of piece: `state`, `step`, `limit`, `rate` … */
            what: string;
            within?: components["schemas"]["Title"];
        };
        /**
         * @description A row of the directory.
         * @example {
         *       "assist": [
         *         "@level:subdistrict"
         *       ],
         *       "basis": "三定方案",
         *       "lead": "@function:housing",
         *       "limit_class": "a_limit_class",
         *       "matter": "0101",
         *       "valid_from": "2024-01-01"
         *     }
         */
        DirectoryRow: {
            /** @description The assisting units. */
            assist?: string[];
            /** @description Where it comes from: a standard, a decision. */
            basis?: string;
            /** @description The demand type for which it holds; absent: for every one. */
            demand?: string;
            /**
             * @description The lead unit: a unit's code, `@function:NAME` (the department that does this in the case's place) or
             *     `@level:subdistrict|community|grid|district` (the area in which the case lies).
             */
            lead: string;
            /** @description The class of limit. */
            limit_class: string;
            /** @description The matter; the row holds for everything below it that has no row of its own. */
            matter: string;
            /**
             * Format: date
             * @description First day on which it holds.
             */
            valid_from: string;
            /**
             * Format: date
             * @description First day on which it no longer holds.
             */
            valid_to?: string;
        };
        /**
         * @description What may be done about who else sees a case: 设为保密、解除保密、公开、撤回公开.
         * @enum {string}
         */
        DiscretionName: "confide" | "disclose" | "publish" | "withdraw";
        /** @description How much room a disk has. */
        DiskRoom: {
            /**
             * Format: int64
             * @description Bytes that are free for this program.
             */
            free: number;
            /**
             * Format: int64
             * @description Bytes altogether.
             */
            total: number;
        };
        /** @description What the dispatch directory and the text propose for a case. */
        DispatchProposal: {
            proposal?: components["schemas"]["Proposal"];
            /** @description Matters that the text points to, the likeliest first. */
            suggestions: components["schemas"]["MatterSuggestion"][];
        };
        /** @description A district or city with rules of its own. */
        DistrictModel: {
            /**
             * Format: int32
             * @description Its six digits.
             */
            district: number;
            /** @description Its name. */
            title: components["schemas"]["Title"];
            /** @description The version of its rules. */
            version: string;
        };
        /** @description Every district or city with rules of its own. */
        DistrictModels: {
            /** @description By their digits. */
            items: components["schemas"]["DistrictModel"][];
        };
        /** @description What changes in a district or city. */
        DistrictPreview: {
            /** @description The version of its rules in force; absent: it has none of its own yet. */
            before?: string;
            /** @description What is different between the two. */
            differences: components["schemas"]["Difference"][];
            /**
             * Format: int32
             * @description Its six digits.
             */
            district: number;
            /** @description The open cases that go by its rules, counted up to 5000. */
            open: number;
            /** @description Whether there are more open cases than were counted. */
            open_more: boolean;
            /** @description Those of them with a limit that was set under another version than the one that would be in force. They keep it. */
            open_older: number;
            /** @description Its name. */
            title: components["schemas"]["Title"];
            /** @description The version that it would have. */
            version: string;
        };
        /** @description A reply that was told before, and what the reporter said of it. */
        EarlierReply: components["schemas"]["CaseResult"] & {
            rating?: components["schemas"]["GivenRating"];
        };
        /** @description An edition with its figures. */
        Edition: components["schemas"]["EditionSummary"] & {
            /** @description The tables, by what their rows are. */
            tables: {
                [key: string]: components["schemas"]["RatesRowView"][];
            };
            /** @description Everything together. */
            total: components["schemas"]["RatesRowView"];
        };
        /** @description What was published of a period. */
        EditionStanding: {
            /** @description When it was published. */
            at: components["schemas"]["Moment"];
            /** @description Whether the figures shown here, which are live, differ from it by now. */
            differs: boolean;
            /**
             * Format: int64
             * @description The last edition.
             */
            number: number;
            /** @description SHA-256 of its table. */
            sha256: string;
        };
        /** @description An edition in a list. */
        EditionSummary: {
            /** @description When it was published. */
            at: components["schemas"]["Moment"];
            /** @description What differs from the edition before. */
            differences: components["schemas"]["RateDifference"][];
            /** @description Version of the rules. */
            model: string;
            /**
             * Format: int64
             * @description 1, 2, 3, …
             */
            number: number;
            /** @description The period. */
            period: string;
            /**
             * Format: int64
             * @description Position of the journal at which its figures were exact.
             */
            position: number;
            /** @description Why. */
            reason?: string;
            /** @description SHA-256 of its figures. */
            sha256: string;
            /** @description The city or district. */
            unit: components["schemas"]["UnitName"];
        };
        /** @description The editions of a period. */
        Editions: {
            /** @description The newest first. */
            items: components["schemas"]["EditionSummary"][];
        };
        /** @description What an authenticator app is told. */
        Enrolment: {
            /** @description The secret in Base32, for typing: told here and never again. */
            secret: string;
            /** @description The same as an `otpauth://` address, for showing as a picture. */
            uri: string;
        };
        /**
         * @description What begins an enrolment.
         * @example {
         *       "present": "a long password"
         *     }
         */
        EnrolmentStart: {
            /** @description The password that holds now. */
            present: string;
        };
        /** @description What was erased. */
        Erasure: {
            /** @description The cases whose texts are gone: all that the person reported; of an anonymous case that one. */
            cases: components["schemas"]["Number"][];
        };
        /** @description A file that proves something. */
        Evidence: {
            /** @description The attachment. */
            attachment: components["schemas"]["Number"];
            file?: components["schemas"]["File"];
            /** @description Its kind. */
            kind: components["schemas"]["Named"];
        };
        /** @description A kind of evidence. */
        EvidenceKind: components["schemas"]["Named"] & {
            /** @description Media types that count as it, `image/*` style. */
            media: string[];
        };
        /** @description A clock with its explanation. */
        ExplainedLimit: components["schemas"]["ClockStanding"] & {
            /** @description The class of limit. */
            class: components["schemas"]["Named"];
            /** @description Which clock. */
            clock: components["schemas"]["Named"];
            /** @description Version of the rules that set it. */
            model: string;
            /** @description Step by step: what is counted, what is passed over and why. */
            steps: components["schemas"]["Title"][];
        };
        /** @description The clocks of a case with their explanations. */
        ExplainedLimits: {
            /** @description One for each clock. */
            limits: components["schemas"]["ExplainedLimit"][];
        };
        /** @description A field that says something else. */
        FieldDifference: {
            /** @description What it says. */
            after: string;
            /** @description What it said. */
            before: string;
            /** @description The field. */
            field: string;
        };
        /** @description A measure or rate in a sum. */
        FigureTerm: components["schemas"]["Named"] & {
            /** @description What one counts for. */
            times: string;
        };
        /** @description What is counted in a district, and what is made of it. */
        Figures: {
            /** @description What is counted. */
            measures: components["schemas"]["Measure"][];
            /** @description Rates over it. */
            rates: components["schemas"]["RateRule"][];
            /** @description Drawings of closed cases. */
            samples: components["schemas"]["SamplePlan"][];
            /** @description Scores over rates. */
            scores: components["schemas"]["ScoreRule"][];
        };
        /** @description What is kept of a file beside its bytes. */
        File: {
            /**
             * Format: int64
             * @description Its length in bytes.
             */
            bytes: number;
            /**
             * @description Media type.
             * @example image/jpeg
             */
            media: string;
            /** @description Its name. */
            name: string;
        };
        /** @description A case that was filed. */
        FiledCase: {
            due_at?: components["schemas"]["Moment"];
            /** @description When it was filed. */
            filed_at: components["schemas"]["Moment"];
            /** @description Its number, which the reporter is told. */
            number: components["schemas"]["Number"];
            /** @description Its state. */
            state: components["schemas"]["Named"];
            /**
             * @description The secret with which the reporter follows, rates and reopens it: told here and never again.
             * @example 7KQ2-M0XR-9TBD
             */
            tracking_secret: string;
            /**
             * Format: int64
             * @description Its version.
             */
            version: number;
        };
        /** @description What came of adding oneself. */
        FiledSupport: {
            /** @description The case. */
            case: components["schemas"]["Number"];
            /** @description The number with which the case is followed. */
            number: components["schemas"]["Number"];
            /**
             * Format: int64
             * @description How many have added themselves to it.
             */
            supporters: number;
            /**
             * @description The secret that goes with it: told here and never again.
             * @example 7KQ2-M0XR-9TBD
             */
            tracking_secret: string;
        };
        /** @description Something that is wrong in a file. */
        Finding: {
            /** @description What to do instead, in the same language. */
            advice: string;
            /**
             * @description Stable snake_case code.
             * @example unknown_name
             */
            code: string;
            /**
             * Format: int32
             * @description The column in characters, from 1.
             */
            column: number;
            /** @description The file. */
            file: string;
            /**
             * Format: int32
             * @description The line, from 1.
             */
            line: number;
            /** @description `error`: it cannot come into force like this; `warning`: it probably says something else than was meant. */
            severity: string;
            /** @description The line as it stands there. */
            text: string;
            /** @description What is wrong, by `Accept-Language` in Chinese (the default) or English. */
            what: string;
        };
        /**
         * @description A code that shows that the app has the secret.
         * @example {
         *       "code": "287082"
         *     }
         */
        FirstCode: {
            /** @description The six digits. */
            code: string;
        };
        /** @description A case as its reporter sees it. */
        FollowedCase: {
            closed_at?: components["schemas"]["Moment"];
            /** @description Demand type. */
            demand: components["schemas"]["Title"];
            due_at?: components["schemas"]["Moment"];
            /** @description Replies that were told before it was opened or worked on again, the latest first. */
            earlier: components["schemas"]["EarlierReply"][];
            /** @description When it was filed. */
            filed_at: components["schemas"]["Moment"];
            lead?: components["schemas"]["Title"];
            /** @description Whether it may be rated now. */
            may_rate: boolean;
            /** @description Whether it may be opened again now. */
            may_reopen: boolean;
            /** @description Whether it was joined with another report of the same thing. */
            merged: boolean;
            near_from?: components["schemas"]["Moment"];
            /** @description Its number. */
            number: components["schemas"]["Number"];
            /** @description Where it is in the closed loop. */
            phase: components["schemas"]["PhaseName"];
            /** @description Photos that may be looked at: those that came with the report, and once there is a result those of the units. */
            photos: components["schemas"]["Number"][];
            /** @description The place in words, as it was told. */
            place?: string;
            rating?: components["schemas"]["GivenRating"];
            result?: components["schemas"]["CaseResult"];
            /** @description Its state. */
            state: components["schemas"]["Title"];
            supports?: components["schemas"]["Number"];
            /** @description What was reported; absent once it was erased. */
            text?: string;
            /** @description What happened so far. */
            timeline: components["schemas"]["FollowedEntry"][];
            /** @description The title under which it was reported. */
            title?: string;
        };
        /** @description Something that happened. */
        FollowedEntry: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description What. */
            title: components["schemas"]["Title"];
            /** @description Why it was turned down, or what the reporter said. */
            words?: string;
        };
        /** @description How far a follower of the journal has come. */
        FollowerLag: {
            /**
             * Format: int64
             * @description By how many events it lags behind.
             */
            behind: number;
            /** @description Its name. */
            name: string;
        };
        /** @description The cases that were found, the newest first. */
        FoundCases: {
            /** @description The cases. */
            items: components["schemas"]["CaseSummary"][];
            /** @description Whether there may be more than are shown: ask for more words. */
            truncated: boolean;
        };
        /** @description What the reporter said to the three questions. */
        GivenRating: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description Whether it was given here, not on the telephone. */
            here: boolean;
            /** @description Was somebody in touch? */
            responded?: boolean;
            satisfaction?: components["schemas"]["SatisfactionName"];
            /** @description Is it solved? */
            solved?: boolean;
        };
        /** @description A role at a unit. */
        Grant: {
            /** @description The role. */
            role: components["schemas"]["RoleName"];
            /** @description Its title. */
            title: components["schemas"]["Title"];
            /** @description The unit at which it is held. */
            unit: components["schemas"]["UnitName"];
        };
        /** @description An hour of the day beside what is usual. */
        HourAgainstUsual: components["schemas"]["CountAgainstUsual"] & {
            /** @description 0 to 23. */
            hour: number;
        };
        /** @description A key, without what proves it. */
        Key: {
            /** @description Whether it holds; a revoked one does not. */
            active: boolean;
            /** @description The six digits of the districts in which it holds; a city stands for all of its districts. */
            districts: number[];
            expires_at?: components["schemas"]["Moment"];
            /** @description Its number. */
            id: components["schemas"]["Number"];
            /** @description When it was made. */
            made_at: components["schemas"]["Moment"];
            /** @description Who it is for. */
            name: string;
            /** @description What it opens. */
            rights: components["schemas"]["KeyRightName"][];
            used_at?: components["schemas"]["Moment"];
            /**
             * Format: int64
             * @description Counts changes.
             */
            version: number;
        };
        /**
         * @description Whether a key holds.
         * @example {
         *       "active": false
         *     }
         */
        KeyActivity: {
            /** @description Whether it holds; `false` revokes it. */
            active: boolean;
            /**
             * Format: int64
             * @description The version that the caller has seen.
             */
            version?: number;
        };
        /**
         * @description What an API key opens.
         * @enum {string}
         */
        KeyRightName: "open311_file" | "open311_read_own";
        /** @description The keys within the administrator's area, the oldest first. */
        Keys: {
            /** @description The keys. */
            items: components["schemas"]["Key"][];
        };
        /** @description A ladder of escalation. */
        Ladder: components["schemas"]["Named"] & {
            /** @description Its steps in the order of time. */
            steps: components["schemas"]["LadderStep"][];
        };
        /** @description A step of a ladder. */
        LadderStep: components["schemas"]["Named"] & {
            by?: components["schemas"]["LimitDuration"];
            /** @description Whom it tells: `assigned`, `desk`, `supervisors`, `leaders`. */
            tells: string[];
            /**
             * @description `before`, `at` or `after` the limit.
             * @example before
             */
            when: string;
        };
        /** @description A class of limit. */
        LimitClass: components["schemas"]["Named"] & {
            /** @description The time allowed. */
            duration: components["schemas"]["LimitDuration"];
            /** @description Whether it is meant for handling, so that a dispatcher may choose it; the others measure a step of their own. */
            for_handling: boolean;
        };
        /** @description A time allowed. */
        LimitDuration: {
            /**
             * @description As packs write it.
             * @example 7 workdays
             */
            limit: string;
            /** @description In words. */
            title: components["schemas"]["Title"];
        };
        /** @description What happened, as the `data` of an event. */
        LiveEvent: {
            /** @description Which one. */
            id: components["schemas"]["Number"];
            /**
             * @description What happened.
             * @example dispatched
             */
            kind: string;
            /**
             * @description What kind of thing it happened to.
             * @example case
             */
            noun: string;
            /**
             * Format: int64
             * @description Position in the journal; also the event's id.
             */
            position: number;
        };
        /** @description Where a point lies. */
        Located: {
            /** @description The areas in which it lies, the finest first; none outside every district known here. */
            areas: components["schemas"]["UnitName"][];
            /** @description The point in CGCS2000. */
            position: components["schemas"]["Position"];
        };
        /** @description A key that was just made. */
        MadeKey: components["schemas"]["Key"] & {
            /** @description The key itself, for `Authorization: Bearer …` or Open311's `api_key`: told here and never again. */
            token: string;
        };
        /** @description A webhook that was just made. */
        MadeWebhook: components["schemas"]["Webhook"] & {
            /** @description The secret with which deliveries are signed: told here and never again. */
            secret: string;
        };
        /** @description Something that was masked. */
        MaskedPart: {
            /**
             * @description `reporter`, `identity`, `phone`, `number`, `plate`, `door` or `name`.
             * @example phone
             */
            kind: string;
            /** @description What stood there; absent for whom the reporter is not revealed to. */
            was?: string;
        };
        /** @description A matter. */
        Matter: {
            /** @description When it may be closed (结案条件). */
            closing: string;
            /** @description Its code: two digits for each level. */
            code: string;
            /** @description Demand types under which it usually comes. */
            demands: string[];
            /** @description When such a case is filed (立案条件). */
            filing: string;
            /** @description Whether there are matters below it. */
            has_below: boolean;
            /** @description The names of the matters above it, from the first level down. */
            path: components["schemas"]["Title"][];
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /** @description A matter beside what is usual. */
        MatterAgainstUsual: components["schemas"]["CountAgainstUsual"] & {
            /** @description The code of the matter. */
            code: string;
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /** @description A matter by code and name. */
        MatterName: {
            /** @description Its code. */
            code: string;
            /** @description The names of the matters above it, from the first level down. */
            path: components["schemas"]["Title"][];
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /** @description The open cases of a matter. */
        MatterStand: components["schemas"]["Stand"] & {
            /** @description The code of the matter. */
            code: string;
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /** @description A matter that a text points to. */
        MatterSuggestion: {
            /** @description The matter. */
            matter: components["schemas"]["MatterName"];
            proposal?: components["schemas"]["Proposal"];
            /**
             * Format: int32
             * @description How strongly the text points to it; only for comparing.
             */
            score: number;
        };
        /** @description Who is signed in. */
        Me: {
            /** @description The account. */
            account: components["schemas"]["Number"];
            /** @description The roles that the account holds, each at a unit. */
            grants: components["schemas"]["Grant"][];
            /** @description The name to sign in with. */
            login: string;
            /** @description The person's name. */
            name: string;
            /** @description Whether the password is to be changed before anything else. */
            password_change_due: boolean;
            /** @description Whether the account has a second factor. */
            second_factor: boolean;
            /** @description Whether a second factor is to be enrolled before anything else. */
            second_factor_due: boolean;
        };
        /** @description Something that is counted of cases. */
        Measure: components["schemas"]["Named"] & {
            /** @description Which cases count, as packs write it; absent: every one. */
            condition?: string;
            /** @description Whether a case counts as often as the moment came. */
            every_time: boolean;
            /** @description The moment on whose day a case counts. */
            on: string;
        };
        /** @description How much more, or less, is counted. */
        MeasureChange: {
            /**
             * Format: int64
             * @description How much more; less where it is negative.
             */
            change: number;
            /** @description The measure. */
            measure: components["schemas"]["Named"];
        };
        /**
         * @description A moment that every case has in common.
         * @enum {string}
         */
        MilestoneName: "filed" | "dispatched" | "accepted" | "contacted" | "returned" | "handed_in" | "verified" | "reworked" | "called_back" | "closed" | "reopened";
        /** @description The rules in force. */
        Model: {
            /** @description The years whose working calendar is loaded. */
            calendar_years: number[];
            /** @description Kinds of case. */
            case_types: components["schemas"]["CaseType"][];
            /** @description Channels. */
            channels: components["schemas"]["Channel"][];
            /** @description Demand types. */
            demands: components["schemas"]["Demand"][];
            /** @description Kinds of evidence. */
            evidence: components["schemas"]["EvidenceKind"][];
            /** @description Ladders of escalation. */
            ladders: components["schemas"]["Ladder"][];
            /** @description Classes of limit. */
            limits: components["schemas"]["LimitClass"][];
            /** @description Outcomes. */
            outcomes: components["schemas"]["Outcome"][];
            /** @description The packs in force, in the order in which they build on one another. */
            packs: components["schemas"]["Named"][];
            /** @description Parameters with the values that hold here. */
            parameters: components["schemas"]["Parameter"][];
            /** @description What may be asked for. */
            requests: components["schemas"]["RequestPolicy"][];
            /** @description Its version; records keep it. */
            version: string;
            /** @description Workflows. */
            workflows: components["schemas"]["Workflow"][];
        };
        /**
         * Format: date-time
         * @description A time in the place's offset (RFC 3339).
         * @example 2024-03-15T09:30:22+08:00
         */
        Moment: string;
        /** @description A case that moved the figures. */
        MovedCase: {
            /** @description When it moved them last, between the editions. */
            at: components["schemas"]["Moment"];
            /** @description The case, as it is now. */
            case: components["schemas"]["CaseSummary"];
            /** @description What is counted more, or less; empty where it is counted for another unit, place or matter alone. */
            changes: components["schemas"]["MeasureChange"][];
            /**
             * @description What happened then, as the timeline calls it.
             * @example asked
             */
            kind: string;
        };
        /** @description A name that a pack declares, with its title. */
        Named: {
            /** @description The name, for programs. */
            name: string;
            /** @description The title, for people. */
            title: components["schemas"]["Title"];
        };
        /** @description What is published near a place. */
        NearbyList: {
            /** @description The cases: first what shares more levels of the matter, then the nearer. */
            items: components["schemas"]["NearbyPublished"][];
        };
        /** @description A published case near a place. */
        NearbyPublished: components["schemas"]["PublishedCase"] & {
            /**
             * Format: int32
             * @description From the place to the middle of the cell in which the case is said to lie, in metres: right to some 700 metres.
             */
            metres: number;
            /** @description How many levels its matter shares with the one asked about. */
            same_levels: number;
        };
        /**
         * @description What an account begins with.
         * @example {
         *       "login": "li.si",
         *       "name": "李四",
         *       "password": "Ganquan-2024-first"
         *     }
         */
        NewAccount: {
            /** @description The name to sign in with: 3 to 40 small letters, digits, `.`, `_`, `-`, `@`. */
            login: string;
            /** @description The person's name. */
            name: string;
            /** @description The first password, which its owner changes at once. */
            password: string;
        };
        /** @description Answers to the three questions: all of them when the reporter was reached, none when not. */
        NewAnswers: {
            /** @description Whether anybody answered. */
            reached: boolean;
            /** @description Was somebody in touch? */
            responded?: boolean;
            satisfaction?: components["schemas"]["SatisfactionName"];
            /** @description Is it solved? */
            solved?: boolean;
        };
        /**
         * @description A demand as it comes in. The names are those that `GET /api/v1/model` declares.
         * @example {
         *       "case_type": "a_case_type",
         *       "channel": "a_channel",
         *       "demand": "a_demand_type",
         *       "place": "柳树巷口",
         *       "position": {
         *         "datum": "gcj02",
         *         "lat": 36.0031,
         *         "lon": 100.0012
         *       },
         *       "reporter": {
         *         "name": "张三",
         *         "phone": "13800001234"
         *       },
         *       "text": "柳树巷口路面塌了一块，积水很深，晚上看不清。",
         *       "title": "路面塌陷"
         *     }
         */
        NewCase: {
            answer?: components["schemas"]["AnswerAtIntake"];
            /** @description The area, where it is known without a point. */
            area?: string;
            /** @description Kind of case. */
            case_type: string;
            /** @description Channel. */
            channel: string;
            /** @description Whether whoever reports wants it kept confidential (保密). */
            confidential?: boolean;
            /** @description Demand type. */
            demand: string;
            /** @description Evidence that was uploaded before. */
            evidence?: components["schemas"]["NewEvidence"][];
            /** @description Matter, where it is known. */
            matter?: string;
            /** @description The place in words. */
            place?: string;
            position?: components["schemas"]["PositionInput"];
            reporter?: components["schemas"]["Person"];
            /** @description What was said. */
            text: string;
            /** @description A short title. */
            title?: string;
        };
        /**
         * @description How a request is decided.
         * @example {
         *       "grant": true,
         *       "reason": "情况属实",
         *       "version": 4
         *     }
         */
        NewDecision: {
            /** @description Whether it is granted. */
            grant: boolean;
            /** @description Why. */
            reason: string;
            /**
             * Format: int64
             * @description The version that the caller has seen; `If-Match` says the same.
             */
            version?: number;
        };
        /**
         * @description Who is erased, and why.
         * @example {
         *       "case": "240315-093022-100123",
         *       "reason": "本人申请删除"
         *     }
         */
        NewErasure: {
            /** @description A case that the person reported. */
            case: components["schemas"]["Number"];
            /** @description Why; the journal keeps it. */
            reason: string;
        };
        /** @description A file that proves something. */
        NewEvidence: {
            /** @description The attachment, as its upload named it. */
            attachment: components["schemas"]["Number"];
            /** @description Kind of evidence. */
            kind: string;
        };
        /** @description A role at a unit. */
        NewGrant: {
            /** @description The role. */
            role: components["schemas"]["RoleName"];
            /** @description The unit. */
            unit: string;
        };
        /**
         * @description What an account shall hold.
         * @example {
         *       "grants": [
         *         {
         *           "role": "handler",
         *           "unit": "990101000000-housing"
         *         }
         *       ],
         *       "version": 1
         *     }
         */
        NewGrants: {
            /** @description Everything that it holds from now on. */
            grants: components["schemas"]["NewGrant"][];
            /**
             * Format: int64
             * @description The version that the caller has seen.
             */
            version?: number;
        };
        /**
         * @description Who works on an assignment from now on.
         * @example {
         *       "assignment": 1,
         *       "reason": "休病假",
         *       "to": "240315-093022-100123",
         *       "version": 4
         *     }
         */
        NewHandover: {
            /**
             * Format: int32
             * @description The assignment's number within the case; `available.handovers` names those that the caller may hand over.
             */
            assignment: number;
            /** @description Why; the timeline tells it. */
            reason: string;
            /** @description The account that takes over: somebody who works for the same unit, see `GET /units/{code}/colleagues`. */
            to: components["schemas"]["Number"];
            /**
             * Format: int64
             * @description The version that the caller has seen; `If-Match` says the same.
             */
            version?: number;
        };
        /**
         * @description What a key shall be.
         * @example {
         *       "districts": [
         *         990101
         *       ],
         *       "name": "市民应用",
         *       "rights": [
         *         "open311_file",
         *         "open311_read_own"
         *       ]
         *     }
         */
        NewKey: {
            /** @description The six digits of the districts in which it holds; a city stands for all of its districts. */
            districts: number[];
            expires_at?: components["schemas"]["Moment"];
            /** @description Who it is for, at most 100 characters. */
            name: string;
            /** @description What it opens. */
            rights: components["schemas"]["KeyRightName"][];
        };
        /**
         * @description A password for somebody else.
         * @example {
         *       "password": "Ganquan-2024-again"
         *     }
         */
        NewPassword: {
            /** @description The password, which its owner changes at once. */
            password: string;
        };
        /**
         * @description What is published of a case.
         * @example {
         *       "place": "人民路",
         *       "text": "路口的井盖破损",
         *       "title": "井盖破损"
         *     }
         */
        NewPublication: {
            /** @description The area in which it is said to lie: its community (unless told), or one above it. */
            area?: string;
            /** @description A road or neighbourhood, without a number. */
            place?: string;
            /** @description The redacted reply. */
            reply?: string;
            /** @description The redacted text. */
            text: string;
            /** @description The title. */
            title?: string;
            /**
             * Format: int64
             * @description The version that the caller has seen.
             */
            version?: number;
        };
        /**
         * @description Something that is asked for.
         * @example {
         *       "kind": "extend",
         *       "more": "2 workdays",
         *       "reason": "管线权属单位周五进场，需顺延"
         *     }
         */
        NewRequest: {
            into?: components["schemas"]["Number"];
            /** @description What is asked for. */
            kind: components["schemas"]["RequestKindName"];
            /**
             * @description Extend: how much more time; absent: once more the original limit.
             * @example 2 workdays
             */
            more?: string;
            /** @description Why. */
            reason: string;
            /** @description The unit for which the caller asks, where the caller works for several. */
            unit?: string;
            /**
             * Format: date-time
             * @description Suspend: until when.
             */
            until?: string;
            /**
             * Format: int64
             * @description The version that the caller has seen; `If-Match` says the same.
             */
            version?: number;
        };
        /** @description A row to be put over the version that was seen. */
        NewRow: {
            /** @description The row; matter, demand and first day name it. */
            row: components["schemas"]["DirectoryRow"];
            /**
             * Format: int64
             * @description The version that the caller has seen; 0: there must be none yet.
             */
            version?: number;
        };
        /** @description Rows to be put. */
        NewRows: {
            /** @description The rows; the last of several with one key counts. */
            rows: components["schemas"]["DirectoryRow"][];
        };
        /**
         * @description What is to be drawn.
         * @example {
         *       "district": 990101,
         *       "period": "2024-02"
         *     }
         */
        NewSample: {
            /**
             * Format: int32
             * @description The six digits of a district.
             * @example 990101
             */
            district: number;
            /**
             * @description The month in which the cases were closed.
             * @example 2024-03
             */
            period: string;
            /** @description The plan; the first that the packs in force declare unless told. */
            plan?: string;
        };
        /**
         * @description Packs and places, as files.
         * @example {
         *       "files": {
         *         "packs/core/pack.toml": "[pack]\nname = \"core\"",
         *         "places/990101/place.toml": "[place]"
         *       }
         *     }
         */
        NewSources: {
            /** @description The texts by path, `packs/…` and `places/…` with `/`; files of other kinds are left alone. */
            files: {
                [key: string]: string;
            };
        };
        /**
         * @description A step, with what comes along. Which fields are needed depends on the step's `act`.
         * @example {
         *       "note": "已与诉求人约定明早现场查看",
         *       "step": "a_step",
         *       "version": 3
         *     }
         */
        NewStep: {
            answers?: components["schemas"]["NewAnswers"];
            /** @description Dispatch: the assisting units; absent: as the directory proposes. */
            assist?: string[];
            /** @description Evidence that was uploaded before. */
            evidence?: components["schemas"]["NewEvidence"][];
            /** @description Dispatch: the lead unit; absent: as the directory proposes. */
            lead?: string;
            /** @description Dispatch: the class of limit; absent: as the directory proposes. */
            limit_class?: string;
            /** @description Dispatch: the matter, where it is another than was filed. */
            matter?: string;
            /** @description A reason, note or words: needed for reject, rework, reopen, urge and contact. */
            note?: string;
            /** @description The outcome: needed for answer and hand_in. */
            outcome?: string;
            position?: components["schemas"]["PositionInput"];
            /** @description The reply to the reporter: needed for answer and hand_in. */
            reply?: string;
            /** @description The step's name, one of the case's `available.steps`. */
            step: string;
            /** @description The unit for which the caller acts, where the caller works for several that have a part in the case. */
            unit?: string;
            /**
             * Format: int64
             * @description The version that the caller has seen; `If-Match` says the same. Without either the step is taken on the case as it
             *     is.
             */
            version?: number;
        };
        /**
         * @description Somebody who adds themselves.
         * @example {
         *       "phone": "13800001234"
         *     }
         */
        NewSupport: {
            /**
             * @description A telephone number under which to hear of the outcome; sealed, and shown to nobody but those who speak with
             *     reporters.
             */
            phone?: string;
        };
        /** @description A unit as it shall be. */
        NewUnit: {
            /** @description Its code. */
            code: string;
            /** @description What a department does. */
            function?: string;
            /** @description What it is. */
            kind: components["schemas"]["UnitKindName"];
            /** @description The unit above it. */
            parent?: string;
            /** @description Its name. */
            title: components["schemas"]["Title"];
            /**
             * Format: date
             * @description First day on which it exists.
             */
            valid_from: string;
        };
        /**
         * @description What somebody wants to be told, and where.
         * @example {
         *       "district": 990101,
         *       "kinds": [
         *         "case.filed"
         *       ],
         *       "url": "https://hall.example/quanyu"
         *     }
         */
        NewWebhook: {
            /**
             * Format: int32
             * @description The six digits of the district whose events are wanted; a city stands for all of its districts.
             */
            district: number;
            /** @description Kinds of event, `case.filed`; none for all. */
            kinds?: string[];
            /** @description Where to post. */
            url: string;
        };
        /**
         * @description The number of a case, or another id: eighteen digits, with or without the dashes.
         * @example 240315-093022-100123
         */
        Number: string;
        /** @description What a unit has in hand: open cases by how it is related to them, each counted up to ten thousand. */
        OpenWork: {
            /** @description How many accounts hold a role at it. */
            accounts: number;
            /** @description They lie in it. */
            area: number;
            /** @description It assists (协办). */
            assist: number;
            /** @description The units below it that exist today. */
            below: number;
            /** @description It has to dispatch, verify, call back or decide. */
            desk: number;
            /** @description It leads (主办). */
            lead: number;
        };
        /** @description How a case ended. */
        Outcome: components["schemas"]["Named"] & {
            /** @description Whether the matter itself was solved. */
            solved: boolean;
        };
        /** @description An area's outline. */
        Outline: {
            /** @description Where it lies. */
            geometry: components["schemas"]["OutlineGeometry"];
            /** @description Which area it is. */
            properties: components["schemas"]["OutlinedArea"];
            /**
             * @description `Feature`.
             * @example Feature
             */
            type: string;
        };
        /** @description Polygons. */
        OutlineGeometry: {
            /** @description Polygons of rings of corners: longitude and latitude in degrees, to about a decimetre. */
            coordinates: number[][][][];
            /**
             * @description `MultiPolygon`.
             * @example MultiPolygon
             */
            type: string;
        };
        /** @description The area that an outline belongs to. */
        OutlinedArea: {
            /** @description Its code. */
            code: string;
            /** @description What it is. */
            kind: components["schemas"]["UnitKindName"];
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /** @description Outlines of areas, as GeoJSON (RFC 7946) in CGCS2000. */
        Outlines: {
            /** @description The areas, by code. */
            features: components["schemas"]["Outline"][];
            /**
             * @description `FeatureCollection`.
             * @example FeatureCollection
             */
            type: string;
        };
        /** @description A page of a list. */
        Page_Account: {
            /** @description What is on it. */
            items: {
                /** @description Whether it may sign in. */
                active: boolean;
                /** @description What it holds. */
                grants: components["schemas"]["Grant"][];
                /** @description Its id. */
                id: components["schemas"]["Number"];
                locked_until?: components["schemas"]["Moment"];
                /** @description The name to sign in with. */
                login: string;
                /** @description The person's name. */
                name: string;
                /** @description When the password was set. */
                password_set_at: components["schemas"]["Moment"];
                /** @description Whether somebody else set the password, so that it is to be changed first of all. */
                provisional: boolean;
                /** @description Whether it has a second factor in force. */
                second_factor: boolean;
                /**
                 * Format: int64
                 * @description Counts changes.
                 */
                version: number;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_Activation: {
            /** @description What is on it. */
            items: {
                /** @description When. */
                at: components["schemas"]["Moment"];
                /** @description Who did it. */
                by: components["schemas"]["Actor"];
                /** @description Whether it is in force now. */
                in_force: boolean;
                /**
                 * Format: int64
                 * @description 1, 2, 3, …; the last is in force.
                 */
                number: number;
                /** @description Hash of the sources. */
                source: string;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_AuditedEvent: {
            /** @description What is on it. */
            items: {
                /**
                 * @description Who did it.
                 * @example account:240315093022100123
                 */
                actor: string;
                /** @description When it was decided. */
                at: components["schemas"]["Moment"];
                /** @description The same with a name. */
                by: components["schemas"]["Actor"];
                /**
                 * Format: int64
                 * @description The district that it belongs to; 0 for none.
                 */
                district: number;
                /** @description The decided facts, as the journal seals them: canonical JSON. Absent where they are withheld. */
                facts?: string;
                /** @description Which one. */
                id: components["schemas"]["Number"];
                /** @description What happened. */
                kind: string;
                /** @description What kind of thing it is about. */
                noun: string;
                /**
                 * Format: int64
                 * @description Its position.
                 */
                position: number;
                /** @description Why, in the actor's words. */
                reason?: string;
                /**
                 * @description Whether reason and facts are withheld: the event is about a confidential case, and the caller is none of the named
                 *     people.
                 */
                withheld: boolean;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_CaseSummary: {
            /** @description What is on it. */
            items: {
                /** @description Where it lies, the finest area known. */
                area: components["schemas"]["UnitName"];
                /** @description What kind of case it is. */
                case_type: components["schemas"]["Named"];
                /** @description Channel. */
                channel: components["schemas"]["Named"];
                closed_at?: components["schemas"]["Moment"];
                /** @description Demand type. */
                demand: components["schemas"]["Named"];
                due_at?: components["schemas"]["Moment"];
                /** @description Whether supervisors or leaders have been told of a limit that has passed and is not met yet (升级). */
                escalated: boolean;
                /** @description When it was filed. */
                filed_at: components["schemas"]["Moment"];
                /** @description Its title, or the beginning of its text. */
                headline: string;
                holder?: components["schemas"]["Actor"];
                lead?: components["schemas"]["UnitName"];
                matter?: components["schemas"]["MatterName"];
                near_from?: components["schemas"]["Moment"];
                /** @description Its number. */
                number: components["schemas"]["Number"];
                /** @description Whether a limit has passed and is not met yet. */
                overdue: boolean;
                /** @description Phase. */
                phase: components["schemas"]["PhaseName"];
                /** @description The place in words. */
                place?: string;
                position?: components["schemas"]["Position"];
                /** @description State. */
                state: components["schemas"]["Named"];
                /** @description Whether its clocks stand still. */
                suspended: boolean;
                /**
                 * Format: int64
                 * @description Its version.
                 */
                version: number;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_Delivery: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: int64
                 * @description How often it was tried.
                 */
                attempts: number;
                /** @description What is posted, JSON. */
                body: string;
                due?: components["schemas"]["Moment"];
                last_at?: components["schemas"]["Moment"];
                last_reason?: components["schemas"]["Title"];
                /**
                 * Format: int64
                 * @description Position of the event in the journal.
                 */
                position: number;
                /** @description When it came into the outbox. */
                queued_at: components["schemas"]["Moment"];
                /** @description Where it stands. */
                state: string;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_Matter: {
            /** @description What is on it. */
            items: {
                /** @description When it may be closed (结案条件). */
                closing: string;
                /** @description Its code: two digits for each level. */
                code: string;
                /** @description Demand types under which it usually comes. */
                demands: string[];
                /** @description When such a case is filed (立案条件). */
                filing: string;
                /** @description Whether there are matters below it. */
                has_below: boolean;
                /** @description The names of the matters above it, from the first level down. */
                path: components["schemas"]["Title"][];
                /** @description Its name. */
                title: components["schemas"]["Title"];
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_MovedCase: {
            /** @description What is on it. */
            items: {
                /** @description When it moved them last, between the editions. */
                at: components["schemas"]["Moment"];
                /** @description The case, as it is now. */
                case: components["schemas"]["CaseSummary"];
                /** @description What is counted more, or less; empty where it is counted for another unit, place or matter alone. */
                changes: components["schemas"]["MeasureChange"][];
                /**
                 * @description What happened then, as the timeline calls it.
                 * @example asked
                 */
                kind: string;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_PastUnitChange: {
            /** @description What is on it. */
            items: {
                /** @description When it was decided. */
                at: components["schemas"]["Moment"];
                /** @description Who decided it. */
                by: components["schemas"]["Actor"];
                /** @description How many units it made or changed. */
                count: number;
                /**
                 * Format: int64
                 * @description Its position in the journal.
                 */
                position: number;
                /** @description The units that it made or changed, as they were after it; the first twenty. */
                units: components["schemas"]["Unit"][];
                /** @description `added`, `amended`, `merged` or `split`. */
                what: string;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_PublishedCase: {
            /** @description What is on it. */
            items: {
                /** @description The area in which it is said to lie. */
                area: components["schemas"]["UnitName"];
                /** @description What kind of case it is. */
                case_type: components["schemas"]["Named"];
                /**
                 * Format: date
                 * @description The local day on which it was closed.
                 */
                closed_on?: string;
                /**
                 * Format: date
                 * @description The local day on which it was filed.
                 */
                filed_on: string;
                matter?: components["schemas"]["MatterName"];
                /** @description Its number. */
                number: components["schemas"]["Number"];
                /** @description Where it is in the closed loop. */
                phase: components["schemas"]["PhaseName"];
                /** @description A road or neighbourhood. */
                place?: string;
                position?: components["schemas"]["Position"];
                /** @description The published reply. */
                reply?: string;
                /**
                 * Format: int64
                 * @description How many have added themselves to it (附议).
                 */
                supporters: number;
                /** @description The published text. */
                text: string;
                /** @description The published title. */
                title?: string;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_SampledCase: {
            /** @description What is on it. */
            items: (components["schemas"]["CaseSummary"] & {
                /** @description How often somebody has called since it was closed and reached nobody. */
                attempts: number;
                last_attempt_at?: components["schemas"]["Moment"];
            })[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_Supporter: {
            /** @description What is on it. */
            items: {
                /** @description When. */
                at: components["schemas"]["Moment"];
                /** @description The number that they were given. */
                number: components["schemas"]["Number"];
                /** @description The telephone number under which they want to hear of it, masked; absent for who left none. */
                phone?: string;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_Unit: {
            /** @description What is on it. */
            items: {
                /** @description Its code. */
                code: string;
                /** @description What a department does, so that a directory can name it in any district. */
                function?: string;
                /** @description Whether there are units below it. */
                has_below: boolean;
                /** @description What it is. */
                kind: components["schemas"]["UnitKindName"];
                parent?: components["schemas"]["UnitName"];
                /** @description The units that took its place. */
                successors: components["schemas"]["UnitName"][];
                /** @description Its name. */
                title: components["schemas"]["Title"];
                /**
                 * Format: date
                 * @description First day on which it exists.
                 */
                valid_from: string;
                /**
                 * Format: date
                 * @description First day on which it no longer exists.
                 */
                valid_to?: string;
            }[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description A page of a list. */
        Page_VersionedDirectoryRow: {
            /** @description What is on it. */
            items: (components["schemas"]["DirectoryRow"] & {
                /**
                 * Format: int64
                 * @description Counts changes.
                 */
                version: number;
            })[];
            /** @description What to send as `after` for the next page; absent on the last. */
            next?: string;
        };
        /** @description Codes for the day on which the telephone is lost. */
        PaperCodes: {
            /** @description Each is good once, in place of a code of the app: told here and never again. */
            recovery_codes: string[];
        };
        /** @description A parameter with the value that holds here. */
        Parameter: components["schemas"]["Named"] & {
            /** @description Where the value comes from: a pack's name or a place's code. */
            set_by: string;
            /** @description Its type and value. */
            value: unknown;
        };
        /**
         * @description 主办 or 协办.
         * @enum {string}
         */
        PartName: "lead" | "assist";
        /**
         * @description A change of one's own password.
         * @example {
         *       "new": "another long password",
         *       "present": "a long password"
         *     }
         */
        PasswordChange: {
            /** @description The password that shall hold. */
            new: string;
            /** @description The password that holds now. */
            present: string;
        };
        /** @description A change of the tree. */
        PastUnitChange: {
            /** @description When it was decided. */
            at: components["schemas"]["Moment"];
            /** @description Who decided it. */
            by: components["schemas"]["Actor"];
            /** @description How many units it made or changed. */
            count: number;
            /**
             * Format: int64
             * @description Its position in the journal.
             */
            position: number;
            /** @description The units that it made or changed, as they were after it; the first twenty. */
            units: components["schemas"]["Unit"][];
            /** @description `added`, `amended`, `merged` or `split`. */
            what: string;
        };
        /** @description What is known of a person. It is sealed; lists and searches never show it. */
        Person: {
            /** @description Address, where it differs from the place of the case. */
            address?: string;
            /** @description E-mail address. */
            email?: string;
            /** @description Name. */
            name?: string;
            /** @description Telephone number. */
            phone?: string;
        };
        /**
         * @description Where a case is in the closed loop (受理、派单、办理、核查、回访、办结).
         * @enum {string}
         */
        PhaseName: "intake" | "dispatch" | "handling" | "verification" | "call_back" | "closed";
        /** @description The open cases of a phase. */
        PhaseStand: components["schemas"]["Stand"] & {
            /** @description The phase. */
            phase: components["schemas"]["PhaseName"];
        };
        /** @description A named place. */
        Place: {
            /** @description Other names. */
            aliases: string[];
            area?: components["schemas"]["UnitName"];
            /**
             * Format: double
             * @description Metres from `near`.
             */
            distance?: number;
            /** @description What it is. */
            kind: string;
            /** @description Its name. */
            name: string;
            /** @description Where it is. */
            position: components["schemas"]["Position"];
        };
        /** @description Places that a text may mean. */
        Places: {
            /** @description The best first, or the nearest where `near` was given. */
            items: components["schemas"]["Place"][];
        };
        /** @description A point in CGCS2000. */
        Position: {
            /**
             * Format: double
             * @description Latitude in degrees.
             */
            lat: number;
            /**
             * Format: double
             * @description Longitude in degrees.
             */
            lon: number;
        };
        /**
         * @description A point as it is handed in. Answers always give CGCS2000.
         * @example {
         *       "lat": 36.0031,
         *       "lon": 100.0012
         *     }
         */
        PositionInput: {
            /** @description What they are measured against. */
            datum?: components["schemas"]["Datum"];
            /**
             * Format: double
             * @description Latitude in degrees.
             */
            lat: number;
            /**
             * Format: double
             * @description Longitude in degrees.
             */
            lon: number;
        };
        /**
         * @description Packs and places that were previewed.
         * @example {
         *       "after": 1,
         *       "files": {
         *         "packs/core/pack.toml": "[pack]\nname = \"core\"",
         *         "places/990101/place.toml": "[place]"
         *       },
         *       "source": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
         *     }
         */
        PreviewedSources: {
            /**
             * Format: int64
             * @description The `after` of the preview.
             */
            after: number;
            /** @description The texts by path, as they were previewed. */
            files: {
                [key: string]: string;
            };
            /** @description The `source` of the preview. */
            source: string;
        };
        /** @description A problem (RFC 9457). `code` is stable and for programs, `detail` is for people. */
        Problem: {
            /**
             * @description Stable snake_case code.
             * @example state_forbids
             */
            code: string;
            /**
             * Format: int64
             * @description Where the record has changed since the caller saw it: its version now.
             */
            current_version?: number;
            /** @description What is wrong and what to do instead, by `Accept-Language` in Chinese (the default) or English. */
            detail: string;
            /** @description The field at fault, as a path into the request: `evidence[0].kind`. */
            field?: string;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 409
             */
            status: number;
            /** @description What kind of problem it is. */
            title: string;
            /**
             * @description `/problems/` and the code.
             * @example /problems/state_forbids
             */
            type: string;
        };
        /** @description What the dispatch directory proposes. */
        Proposal: {
            /** @description The assisting units. */
            assist: components["schemas"]["UnitName"][];
            /** @description Where the row comes from. */
            basis: string;
            /** @description The lead unit. */
            lead: components["schemas"]["UnitName"];
            /** @description The class of limit. */
            limit_class: components["schemas"]["Named"];
            /** @description The matter of the row that was used. */
            row: components["schemas"]["MatterName"];
        };
        /** @description What may be published of a case. */
        PublicationProposal: {
            /** @description The area, no finer than a community. */
            area: components["schemas"]["UnitName"];
            reply?: components["schemas"]["RedactedText"];
            text?: components["schemas"]["RedactedText"];
            title?: components["schemas"]["RedactedText"];
        };
        /** @description A published case. */
        PublishedCase: {
            /** @description The area in which it is said to lie. */
            area: components["schemas"]["UnitName"];
            /** @description What kind of case it is. */
            case_type: components["schemas"]["Named"];
            /**
             * Format: date
             * @description The local day on which it was closed.
             */
            closed_on?: string;
            /**
             * Format: date
             * @description The local day on which it was filed.
             */
            filed_on: string;
            matter?: components["schemas"]["MatterName"];
            /** @description Its number. */
            number: components["schemas"]["Number"];
            /** @description Where it is in the closed loop. */
            phase: components["schemas"]["PhaseName"];
            /** @description A road or neighbourhood. */
            place?: string;
            position?: components["schemas"]["Position"];
            /** @description The published reply. */
            reply?: string;
            /**
             * Format: int64
             * @description How many have added themselves to it (附议).
             */
            supporters: number;
            /** @description The published text. */
            text: string;
            /** @description The published title. */
            title?: string;
        };
        /**
         * @description Why somebody wants to see a personal value.
         * @example {
         *       "purpose": "联系诉求人约定查看时间"
         *     }
         */
        Purpose: {
            /** @description What it is for; the journal keeps it. */
            purpose: string;
        };
        /** @description What came of putting rows. */
        PutRows: {
            /** @description Rows that are new or were changed. */
            changed: number;
            /** @description Rows that were so already. */
            unchanged: number;
        };
        /** @description One number over another. */
        Quotient: {
            /**
             * Format: double
             * @description By what.
             */
            denominator: number;
            /**
             * Format: double
             * @description What is divided.
             */
            numerator: number;
            /**
             * Format: double
             * @description The quotient; absent where the denominator is 0.
             */
            value?: number;
        };
        /** @description A rate. */
        Rate: {
            /**
             * Format: double
             * @description By what.
             */
            denominator: number;
            /**
             * Format: int64
             * @description How many cases were left out.
             */
            excluded?: number;
            /**
             * Format: double
             * @description What is divided.
             */
            numerator: number;
            /**
             * Format: int64
             * @description How many cases were drawn, for a rate that comes from a sample.
             */
            sample?: number;
            /**
             * Format: double
             * @description The quotient, rounded to six digits; absent where the denominator is 0.
             */
            value?: number;
        };
        /** @description A rate that differs between two editions. */
        RateDifference: {
            after?: components["schemas"]["Quotient"];
            before?: components["schemas"]["Quotient"];
            /** @description Which table; absent for the total. */
            by?: string;
            /** @description The row. */
            code: string;
            /** @description The rate. */
            rate: string;
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /** @description How a rate is reckoned. */
        RateInWords: {
            /** @description The measures of the denominator. */
            denominator: string[];
            /** @description What is divided by what, in words. */
            formula: components["schemas"]["Title"];
            /** @description Whether less is better. */
            less_is_better: boolean;
            /** @description Its name. */
            name: string;
            /** @description The measures of the numerator. */
            numerator: string[];
            /** @description Its title. */
            title: components["schemas"]["Title"];
        };
        /** @description A rate: one sum of measures over another. */
        RateRule: components["schemas"]["Named"] & {
            /** @description By what. */
            denominator: components["schemas"]["FigureTerm"][];
            /** @description Whether less of it is better. */
            less_is_better: boolean;
            /** @description What is divided. */
            numerator: components["schemas"]["FigureTerm"][];
        };
        /** @description A table of rates. */
        Rates: {
            /** @description Until when it is counted. */
            as_of: components["schemas"]["Moment"];
            /** @description What the rows are. */
            by: string;
            edition?: components["schemas"]["EditionStanding"];
            /** @description Version of the rules that say how rates come of counts. */
            model: string;
            /** @description When. */
            period: string;
            /**
             * Format: int64
             * @description The position of the journal at which the figures are exact.
             */
            position: number;
            /** @description How the rates are reckoned, in words. */
            rates: components["schemas"]["RateInWords"][];
            /** @description The rows: units by rank. */
            rows: components["schemas"]["RatesRowView"][];
            /** @description Whether the period still runs then, so that more will come. */
            runs: boolean;
            /**
             * @description The measures that everybody is told beside the rates, such as what was filed, closed and is open: how many there are
             *     stands in the `counts` of each row.
             */
            told: components["schemas"]["ToldMeasure"][];
            /** @description Everything together. */
            total: components["schemas"]["RatesRowView"];
            /** @description Where. */
            within: components["schemas"]["UnitName"];
        };
        /** @description A row. */
        RatesRowView: {
            /** @description A unit's code, a month, a matter's code or a channel's name. */
            code: string;
            /** @description What was counted, by measure; what came to nothing is left out. */
            counts: {
                [key: string]: number;
            };
            /** @description The rates by name. */
            rates: {
                [key: string]: components["schemas"]["Rate"];
            };
            /** @description The scores by name. */
            scores: {
                [key: string]: components["schemas"]["Score"];
            };
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /**
         * @description The answers to the three questions.
         * @example {
         *       "responded": true,
         *       "satisfaction": "basically_satisfied",
         *       "secret": "7KQ2-M0XR-9TBD",
         *       "solved": true
         *     }
         */
        Rating: {
            /** @description Was somebody in touch? */
            responded: boolean;
            /** @description How content? */
            satisfaction: components["schemas"]["SatisfactionName"];
            /** @description The tracking secret. */
            secret: string;
            /** @description Is it solved? */
            solved: boolean;
        };
        /** @description A milestone that was reached. */
        ReachedMilestone: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description Which. */
            milestone: components["schemas"]["MilestoneName"];
        };
        /** @description How the server is. */
        Readiness: {
            /**
             * @description Engine and version; absent while the store does not answer.
             * @example SQLite 3.50.4
             */
            engine?: string;
            /** @description By how many events each follower of the journal lags behind. */
            lag: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Last position of the journal.
             */
            last_position?: number;
            /** @description The sources of the rules in force; absent while there are none. */
            rules?: string;
            /** @description Why the store does not answer, or commits fail; absent while all is well. */
            trouble?: string;
        };
        /**
         * @description Why something is lifted or taken back.
         * @example {
         *       "reason": "已征得本人同意"
         *     }
         */
        Reason: {
            /** @description Why; the journal keeps it. */
            reason: string;
            /**
             * Format: int64
             * @description The version that the caller has seen.
             */
            version?: number;
        };
        /** @description A redacted text. */
        RedactedText: {
            /** @description What was masked, in the order of the text. */
            masked: components["schemas"]["MaskedPart"][];
            /** @description The text with `***` in place of what was masked. */
            text: string;
        };
        /**
         * @description Why a case is opened again.
         * @example {
         *       "reason": "昨天又塌了",
         *       "secret": "7KQ2-M0XR-9TBD"
         *     }
         */
        Reopening: {
            /** @description Why. */
            reason: string;
            /** @description The tracking secret. */
            secret: string;
        };
        /** @description Something that was asked for. */
        Request: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description Who asked. */
            by: components["schemas"]["Actor"];
            /** @description The unit that decides. */
            decider: components["schemas"]["UnitName"];
            decision?: components["schemas"]["Decision"];
            into?: components["schemas"]["Number"];
            /** @description What is asked for. */
            kind: components["schemas"]["RequestKindName"];
            /** @description Extend: how much more time; absent: once more the original limit. */
            more?: string;
            /**
             * Format: int32
             * @description Number within the case.
             */
            number: number;
            /** @description Why. */
            reason: string;
            /** @description Where it stands. */
            state: components["schemas"]["RequestStateName"];
            /** @description Its title. */
            title: components["schemas"]["Title"];
            unit?: components["schemas"]["UnitName"];
            until?: components["schemas"]["Moment"];
        };
        /**
         * @description What can be asked for: 退单、延期、挂账、剔除、并案、重办.
         * @enum {string}
         */
        RequestKindName: "return" | "extend" | "suspend" | "exclude" | "merge" | "reopen";
        /** @description What the packs say of one kind of request. */
        RequestPolicy: {
            /** @description Who may ask. */
            asked_by: string[];
            at_most?: components["schemas"]["LimitDuration"];
            /** @description Whether it must be made before the limit that it touches has passed. */
            before_due: boolean;
            /** @description Daily hour before which it must be made, `17:00`. */
            cut_off?: string;
            /** @description Who decides; never the account that asked. */
            decided_by: string[];
            /**
             * Format: int32
             * @description How often it may be granted for one case; absent: without bound.
             */
            grants_at_most?: number;
            /** @description The kind. */
            kind: components["schemas"]["RequestKindName"];
            /** @description The class of limit for the decision. */
            limit: string;
            /** @description The phases in which it may be asked for. */
            phases: components["schemas"]["PhaseName"][];
            /** @description Its title. */
            title: components["schemas"]["Title"];
        };
        /**
         * @description Where a request stands.
         * @enum {string}
         */
        RequestStateName: "pending" | "granted" | "refused" | "lapsed";
        /** @description Who reported a case. */
        RevealedReporter: {
            reporter?: components["schemas"]["Person"];
        };
        /** @description Somebody who added themselves, by telephone. */
        RevealedSupporter: {
            /** @description The telephone number; absent for who left none, or was erased. */
            phone?: string;
        };
        /**
         * @description A role (岗位).
         * @enum {string}
         */
        RoleName: "operator" | "dispatcher" | "handler" | "verifier" | "call_back_clerk" | "grid_worker" | "supervisor" | "leader" | "system_admin" | "security_admin" | "audit_admin";
        /** @description A draw. */
        Sample: {
            /** @description For how many of them an answer is recorded. */
            answered: number;
            /** @description When. */
            at: components["schemas"]["Moment"];
            /**
             * Format: int64
             * @description How many were.
             */
            drawn: number;
            /** @description The draw. */
            id: components["schemas"]["Number"];
            /** @description Version of the rules that said how. */
            model: string;
            /** @description The month in which the cases were closed. */
            period: string;
            /** @description The plan by which they were drawn. */
            plan: components["schemas"]["Named"];
            /**
             * Format: int64
             * @description How many cases could be drawn.
             */
            population: number;
            /** @description The seed: with it the draw can be made again. */
            seed: string;
            /** @description By responsible unit. */
            strata: components["schemas"]["Stratum"][];
        };
        /** @description How closed cases are drawn to be asked about. */
        SamplePlan: components["schemas"]["Named"] & {
            /** @description Which closed cases may be drawn, as packs write it; absent: every one. */
            condition?: string;
            /**
             * Format: int32
             * @description At least so many of a unit's cases.
             */
            minimum: number;
            /** @description The share of a unit's cases, 0 to 1. */
            share: string;
        };
        /** @description A case of a sample. */
        SampledCase: components["schemas"]["CaseSummary"] & {
            /** @description How often somebody has called since it was closed and reached nobody. */
            attempts: number;
            last_attempt_at?: components["schemas"]["Moment"];
        };
        /** @description Samples. */
        Samples: {
            /** @description The newest month first. */
            items: components["schemas"]["Sample"][];
        };
        /**
         * @description How content the reporter is.
         * @enum {string}
         */
        SatisfactionName: "satisfied" | "basically_satisfied" | "dissatisfied";
        /** @description A score. */
        Score: {
            /**
             * Format: double
             * @description The smallest denominator of its rates.
             */
            cases: number;
            /**
             * Format: int32
             * @description Its place; absent where it has no value or too few cases stand behind it.
             */
            rank?: number;
            /** @description Whether that is too small for a rank. */
            too_few: boolean;
            /**
             * Format: double
             * @description 0 to 1; absent where one of its rates has no value.
             */
            value?: number;
        };
        /** @description A score: the weighted mean of rates, by which units are ranked. */
        ScoreRule: components["schemas"]["Named"] & {
            /** @description The smallest denominator of its rates with which a unit is ranked. */
            minimum: string;
            /** @description The rates with their weights. */
            terms: components["schemas"]["FigureTerm"][];
        };
        /** @description A sealed block of the journal. Bytes are hexadecimal. */
        Seal: {
            /** @description Why it does not. */
            fault?: string;
            /**
             * Format: int64
             * @description Position of its first event.
             */
            first: number;
            /** @description Its own hash, by which the next block refers to it. */
            hash: string;
            /** @description Whether it holds: signature, place in the chain, and every event as the journal has it now. */
            holds: boolean;
            /** @description Which key signed it. */
            key_id: string;
            /**
             * Format: int64
             * @description Position of its last event.
             */
            last: number;
            /**
             * Format: int64
             * @description 1, 2, 3, … without gaps.
             */
            number: number;
            /** @description The hash of the block before it. */
            previous: string;
            /** @description Merkle root over the block before it and its events. */
            root: string;
            /** @description When it was sealed. */
            sealed_at: components["schemas"]["Moment"];
        };
        /** @description The seal of one event. */
        SealOfEvent: {
            seal?: components["schemas"]["Seal"];
        };
        /** @description Blocks, and how far the journal is sealed. */
        Seals: {
            /**
             * Format: int64
             * @description How many blocks there are.
             */
            count: number;
            /** @description The blocks, the oldest first, each verified against the journal as it is now. */
            items: components["schemas"]["Seal"][];
            /**
             * Format: int64
             * @description The last position of the journal.
             */
            last_position: number;
            /**
             * Format: int64
             * @description The last position that is sealed; 0 for none.
             */
            sealed: number;
        };
        /** @description Hours for a part of the year. */
        Season: {
            /** @description The hours of a working day. */
            daily: string[];
            /** @description Its first day, `05-01`. */
            from: string;
            /** @description Its last day. */
            to: string;
        };
        /**
         * @description The secret that came with the number.
         * @example {
         *       "secret": "7KQ2-M0XR-9TBD"
         *     }
         */
        Secret: {
            /** @description The tracking secret; capitals, dashes and spaces do not matter. */
            secret: string;
        };
        /** @description A session. */
        Session: {
            /** @description When it began. */
            began_at: components["schemas"]["Moment"];
            /** @description When it ends at the latest. */
            ends_at: components["schemas"]["Moment"];
            /** @description When it was last used, to the minute. */
            used_at: components["schemas"]["Moment"];
        };
        /** @description The sessions of an account. */
        Sessions: {
            /** @description Those that are not over, the last begun first. */
            items: components["schemas"]["Session"][];
        };
        /** @description A case that may be the same thing. */
        SimilarCase: {
            /** @description The other case. */
            case: components["schemas"]["CaseSummary"];
            /** @description What speaks for it. */
            reasons: components["schemas"]["SimilarReason"][];
            /**
             * Format: double
             * @description How likely it is the same, 0 to 1.
             */
            score: number;
        };
        /** @description Open cases that may be the same thing, the likeliest first. */
        SimilarCases: {
            /** @description The cases. */
            items: components["schemas"]["SimilarCase"][];
        };
        /**
         * @description What is being told, before it is filed.
         * @example {
         *       "position": {
         *         "lat": 36.0031,
         *         "lon": 100.0012
         *       },
         *       "text": "柳树巷口路面塌了一块"
         *     }
         */
        SimilarDraft: {
            /** @description Matter, where it is known. */
            matter?: string;
            /** @description The point. */
            position: components["schemas"]["PositionInput"];
            /** @description What is said. */
            text: string;
        };
        /** @description What speaks for two cases being the same thing. */
        SimilarReason: {
            /**
             * Format: double
             * @description Metres.
             */
            metres: number;
            /** @enum {string} */
            reason: "near";
        } | {
            /** @enum {string} */
            reason: "same_area";
        } | {
            /** @description How many, 1 to 5. */
            levels: number;
            /** @enum {string} */
            reason: "same_matter";
        } | {
            /** @enum {string} */
            reason: "alike_text";
            /**
             * Format: double
             * @description Which part they share, 0 to 1.
             */
            share: number;
        };
        /** @description How many cases are open, and how many of them press. */
        Stand: {
            /**
             * Format: int64
             * @description Of those that are overdue, those of which supervisors or leaders have been told (升级).
             */
            escalated: number;
            /**
             * Format: int64
             * @description Of them, those with a limit that is near: in its last quarter, and in its last day.
             */
            near: number;
            /**
             * Format: int64
             * @description Open cases.
             */
            open: number;
            /**
             * Format: int64
             * @description Of them, those with a limit that has passed.
             */
            overdue: number;
        };
        /** @description Where the open cases of an area stand. */
        Standing: components["schemas"]["Stand"] & {
            /** @description When it was read. */
            at: components["schemas"]["Moment"];
            /** @description By the districts of a city or the subdistricts of a district; empty below. */
            below: components["schemas"]["UnitStand"][];
            /** @description By matter of the first level. */
            matters: components["schemas"]["MatterStand"][];
            /** @description By phase, in the order of the loop. */
            phases: components["schemas"]["PhaseStand"][];
            /**
             * Format: int64
             * @description The position of the journal when it was read.
             */
            position: number;
            /** @description Whether there are more open cases than the 10,000 that press the most, which are counted. */
            truncated: boolean;
            /** @description The area. */
            unit: components["schemas"]["UnitName"];
            /** @description By the unit that leads, the most overdue first. */
            units: components["schemas"]["UnitStand"][];
        };
        /** @description A state inside a phase. */
        State: components["schemas"]["Named"] & {
            /** @description Its phase. */
            phase: components["schemas"]["PhaseName"];
        };
        /** @description A step. */
        Step: components["schemas"]["Named"] & {
            /** @description What it does. */
            act: components["schemas"]["ActName"];
            /** @description Who may take it: roles, `reporter`, `program`. */
            by: string[];
            /** @description The states from which it may be taken. */
            from: string[];
            /** @description Kinds of evidence without which it is refused. */
            needs: string[];
            /** @description The state to which it leads; absent: the state stays. */
            to?: string;
            /** @description The condition under which alone it may be taken, as packs write it. */
            when?: string;
            when_title?: components["schemas"]["Title"];
        };
        /** @description What was drawn of a unit's cases. */
        Stratum: {
            /** @description How many were. */
            drawn: number;
            /** @description How many could be drawn. */
            population: number;
            unit?: components["schemas"]["UnitName"];
        };
        /** @description A matter that a text points to. */
        SuggestedMatter: components["schemas"]["Matter"] & {
            /**
             * Format: int32
             * @description How strongly the text points to it; only for comparing.
             */
            score: number;
        };
        /** @description Matters that a text points to. */
        SuggestedMatters: {
            /** @description The likeliest first. */
            items: components["schemas"]["SuggestedMatter"][];
        };
        /** @description Somebody who added themselves to a case. */
        Supporter: {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description The number that they were given. */
            number: components["schemas"]["Number"];
            /** @description The telephone number under which they want to hear of it, masked; absent for who left none. */
            phone?: string;
        };
        /**
         * @description Why somebody who added themselves is looked at.
         * @example {
         *       "purpose": "告知办理结果",
         *       "supporter": "240315-093022-100123"
         *     }
         */
        SupporterPurpose: {
            /** @description What it is for; the journal keeps it. */
            purpose: string;
            /** @description The number that they were given. */
            supporter: components["schemas"]["Number"];
        };
        /** @description How often things happened. */
        Tallies: {
            /** @description One for each measure. */
            items: components["schemas"]["Tally"][];
            /**
             * Format: int64
             * @description The position of the journal at which the counts are exact.
             */
            position: number;
            /** @description Where. */
            unit: components["schemas"]["UnitName"];
        };
        /** @description How often one thing happened. */
        Tally: {
            /** @description Whether only cases count that a condition holds for. */
            conditional: boolean;
            /** @description The days on which it happened. */
            days: components["schemas"]["DayCount"][];
            /** @description Whether a case counts as often as the moment came, not only the last time. */
            every_time: boolean;
            /** @description What. */
            measure: string;
            /**
             * @description The moment of a case that is counted: a milestone, or `sampled`.
             * @example closed
             */
            on: string;
            /** @description Its title. */
            title: components["schemas"]["Title"];
            /**
             * Format: int64
             * @description On all days together.
             */
            total: number;
        };
        /** @description Everything that happened to a case, in order. */
        Timeline: {
            /** @description The entries. */
            entries: components["schemas"]["TimelineEntry"][];
        };
        /** @description What kinds of entries say beside. */
        TimelineDetails: {
            answers?: components["schemas"]["Answers"];
            /**
             * Format: int32
             * @description The number of the assignment that it is about.
             */
            assignment?: number;
            /** @description The assignments of a dispatch. */
            assignments?: components["schemas"]["Assignment"][];
            /**
             * Format: int32
             * @description The number of the request that was decided.
             */
            decided?: number;
            /** @description Evidence that came along. */
            evidence?: components["schemas"]["Evidence"][];
            /** @description Whether it was granted. */
            granted?: boolean;
            holder?: components["schemas"]["Actor"];
            limit_class?: components["schemas"]["Named"];
            other?: components["schemas"]["Number"];
            request?: components["schemas"]["Request"];
            result?: components["schemas"]["CaseResult"];
            step?: components["schemas"]["Named"];
            /** @description The units that were told, or that take over. */
            units?: components["schemas"]["UnitName"][];
            /** @description A reason, note or words. */
            words?: string;
        };
        /** @description An entry of a case's timeline. What a kind of entry has nothing to say about is absent. */
        TimelineEntry: components["schemas"]["TimelineDetails"] & {
            /** @description When. */
            at: components["schemas"]["Moment"];
            /** @description Who did it. */
            by: components["schemas"]["Actor"];
            /**
             * @description What happened, for programs.
             * @example dispatched
             */
            kind: string;
            /** @description Milestones reached with it. */
            milestones?: components["schemas"]["MilestoneName"][];
            phase?: components["schemas"]["PhaseName"];
            /**
             * Format: int64
             * @description Position in the journal.
             */
            position: number;
            state?: components["schemas"]["Named"];
            /** @description What happened, for people. */
            title: components["schemas"]["Title"];
        };
        /** @description A title in two languages. */
        Title: {
            /** @description English. */
            en: string;
            /** @description Chinese. */
            zh: string;
        };
        /** @description A measure that everybody is told. */
        ToldMeasure: components["schemas"]["Named"] & {
            /** @description Whether only cases count that a condition holds for. */
            conditional: boolean;
            /**
             * @description The moment on whose day a case counts.
             * @example filed
             */
            on: string;
        };
        /** @description A unit. */
        Unit: {
            /** @description Its code. */
            code: string;
            /** @description What a department does, so that a directory can name it in any district. */
            function?: string;
            /** @description Whether there are units below it. */
            has_below: boolean;
            /** @description What it is. */
            kind: components["schemas"]["UnitKindName"];
            parent?: components["schemas"]["UnitName"];
            /** @description The units that took its place. */
            successors: components["schemas"]["UnitName"][];
            /** @description Its name. */
            title: components["schemas"]["Title"];
            /**
             * Format: date
             * @description First day on which it exists.
             */
            valid_from: string;
            /**
             * Format: date
             * @description First day on which it no longer exists.
             */
            valid_to?: string;
        };
        /** @description A place beside what is usual there. */
        UnitAgainstUsual: components["schemas"]["CountAgainstUsual"] & {
            /** @description The area. */
            unit: components["schemas"]["UnitName"];
        };
        /**
         * @description A change of the tree.
         * @example {
         *       "command": "merge",
         *       "from": [
         *         "990101001001",
         *         "990101001002"
         *       ],
         *       "into": {
         *         "code": "990101001003",
         *         "kind": "community",
         *         "parent": "990101001000",
         *         "title": {
         *           "en": "Willow Community",
         *           "zh": "柳树社区"
         *         },
         *         "valid_from": "2024-07-01"
         *       },
         *       "on": "2024-07-01"
         *     }
         */
        UnitChange: {
            /** @enum {string} */
            command: "add";
            /** @description The new units. */
            units: components["schemas"]["NewUnit"][];
        } | {
            /** @enum {string} */
            command: "amend";
            /** @description The unit as it shall be; its code and dates stay. */
            unit: components["schemas"]["NewUnit"];
        } | {
            /** @enum {string} */
            command: "merge";
            /** @description The units that end. */
            from: string[];
            /** @description The unit that takes their place: a new one, or one that exists already. */
            into: components["schemas"]["NewUnit"];
            /**
             * Format: date
             * @description First day of the new order.
             */
            on: string;
        } | {
            /** @enum {string} */
            command: "split";
            /** @description The unit that ends. */
            from: string;
            /** @description The new units. */
            into: components["schemas"]["NewUnit"][];
            /**
             * Format: date
             * @description First day of the new order.
             */
            on: string;
        };
        /** @description A unit with those above it. */
        UnitInTree: components["schemas"]["Unit"] & {
            /** @description The units above it, the nearest first. */
            above: components["schemas"]["UnitName"][];
        };
        /**
         * @description What a unit is.
         * @enum {string}
         */
        UnitKindName: "city" | "district" | "subdistrict" | "town" | "township" | "community" | "village" | "grid" | "department";
        /** @description A unit by code and name. */
        UnitName: {
            /** @description Its code. */
            code: string;
            /** @description Its name. */
            title: components["schemas"]["Title"];
        };
        /** @description The open cases of a unit. */
        UnitStand: components["schemas"]["Stand"] & {
            unit?: components["schemas"]["UnitName"];
        };
        /** @description A file that was taken in. */
        Uploaded: {
            /**
             * Format: int64
             * @description Its length in bytes.
             */
            bytes: number;
            /** @description Its number, by which evidence refers to it. */
            id: components["schemas"]["Number"];
            /**
             * @description Media type, found from its content.
             * @example image/jpeg
             */
            media: string;
            /** @description Its name, safe to show and to save under. */
            name: string;
            /** @description SHA-256 of its bytes, hex. */
            sha256: string;
        };
        /** @description A row with its version. */
        VersionedDirectoryRow: components["schemas"]["DirectoryRow"] & {
            /**
             * Format: int64
             * @description Counts changes.
             */
            version: number;
        };
        /** @description How the program is doing at this moment. */
        Vitals: {
            /** @description When this was told. */
            at: components["schemas"]["Moment"];
            /**
             * Format: int64
             * @description Change sets that this server has committed since it started.
             */
            committed: number;
            /** @description Counts of timers, deliveries and sessions end here. */
            counted_at_most: number;
            /**
             * Format: int64
             * @description Bytes that the database takes.
             */
            database_bytes: number;
            disk?: components["schemas"]["DiskRoom"];
            /**
             * @description The engine of the database, with its version.
             * @example SQLite 3.50.4
             */
            engine: string;
            /**
             * Format: int64
             * @description Transactions of this server that failed.
             */
            failed: number;
            /** @description By how many events each follower of the journal lags behind. */
            followers: components["schemas"]["FollowerLag"][];
            /** @description Requests that this server is answering right now. */
            in_hand: number;
            /**
             * Format: int64
             * @description Last position of the journal.
             */
            last_position: number;
            next_timer?: components["schemas"]["Moment"];
            /** @description Deliveries to webhooks that were given up. */
            outbox_given_up: number;
            /** @description Deliveries to webhooks that wait. */
            outbox_waiting: number;
            /** @description The program's version. */
            program: string;
            /**
             * Format: int64
             * @description The version of the tables.
             */
            schema_version: number;
            /** @description Sessions whose time is not up. */
            sessions: number;
            /** @description Timers that were to go off already. */
            timers_overdue: number;
            /** @description Why commits fail at present; absent while they succeed. */
            trouble?: string;
        };
        /** @description A webhook. */
        Webhook: {
            /** @description Whether anything is sent. */
            active: boolean;
            /**
             * Format: int32
             * @description The six digits of the district whose events it gets; a city stands for all of its districts.
             */
            district: number;
            /** @description Its id. */
            id: components["schemas"]["Number"];
            /** @description Kinds of event; none for all. */
            kinds: string[];
            /** @description Where to. */
            url: string;
            /**
             * Format: int64
             * @description Counts changes.
             */
            version: number;
        };
        /**
         * @description Whether anything is sent.
         * @example {
         *       "active": false,
         *       "version": 1
         *     }
         */
        WebhookActivity: {
            /** @description Whether anything is sent. */
            active: boolean;
            /**
             * Format: int64
             * @description The version that the caller has seen.
             */
            version?: number;
        };
        /** @description Every webhook, the oldest first. */
        Webhooks: {
            /** @description The webhooks. */
            items: components["schemas"]["Webhook"][];
        };
        /** @description When people work. */
        WorkTime: {
            /** @description The hours of a working day, `08:30-12:00`. */
            daily: string[];
            season?: components["schemas"]["Season"];
            /** @description The years whose calendar is loaded; no limit can reach beyond them. */
            years: components["schemas"]["CalendarYear"][];
        };
        /** @description A workflow. */
        Workflow: components["schemas"]["Named"] & {
            /** @description The state of a case that was merged into another (并案). */
            merged: string;
            /** @description The state in which a reopened case goes on. */
            reopened: string;
            /** @description The state to which a granted return (退单) leads. */
            returned: string;
            /** @description The state in which a filed case starts. */
            start: string;
            /** @description Its states. */
            states: components["schemas"]["State"][];
            /** @description Its steps in the order of the buttons. */
            steps: components["schemas"]["Step"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_accounts: {
        parameters: {
            query?: {
                /** @description Only accounts whose login or name holds this. */
                q?: string;
                /** @description Only accounts that hold this role anywhere. */
                role?: "operator" | "dispatcher" | "handler" | "verifier" | "call_back_clerk" | "grid_worker" | "supervisor" | "leader" | "system_admin" | "security_admin" | "audit_admin";
                /** @description Only accounts that may sign in, or may not. */
                active?: boolean;
                /** @description The `next` of the page before. */
                after?: components["schemas"]["Number"];
                /** @description Accounts of a page, 1 to 200; 50 unless told. A page may hold fewer and still have a next one. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of accounts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Account"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccount"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    switch_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Activity"];
            };
        };
        responses: {
            /** @description The account after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_grants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewGrants"];
            };
        };
        responses: {
            /** @description The account after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reset_password: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description The account after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_activations: {
        parameters: {
            query?: {
                /** @description The `next` of the page before. */
                after?: number;
                /** @description Activations of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of activations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Activation"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    activate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewedSources"];
            };
        };
        responses: {
            /** @description In force */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activation"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSources"];
            };
        };
        responses: {
            /** @description What would change, and what is wrong */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivationPreview"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    locate: {
        parameters: {
            query: {
                /**
                 * @description Longitude in degrees.
                 * @example 100.0012
                 */
                lon: number;
                /**
                 * @description Latitude in degrees.
                 * @example 36.0031
                 */
                lat: number;
                /** @description What they are measured against; CGCS2000 unless told. */
                datum?: "cgcs2000" | "gcj02" | "bd09";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The areas */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Located"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_outlines: {
        parameters: {
            query: {
                /**
                 * @description Which level: 0 cities, 1 districts, 2 subdistricts and towns, 3 communities and villages, 4 grids.
                 * @example 1
                 */
                level: number;
                /**
                 * @description Only areas within this one, itself included.
                 * @example 990101000000
                 */
                within?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The outlines that are known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outlines"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload: {
        parameters: {
            query: {
                /**
                 * @description Its name.
                 * @example 现场.jpg
                 */
                name: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The file */
        requestBody?: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Taken in */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Uploaded"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_own: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_audit: {
        parameters: {
            query?: {
                /** @description Only events of this kind of thing (`case`, `account`, `person` …). */
                noun?: string;
                /** @description Only events of this thing; together with `noun`. */
                id?: components["schemas"]["Number"];
                /** @description Only events of this kind (`filed`, `activated` …). */
                kind?: string;
                /** @description Only what this account did. */
                actor?: components["schemas"]["Number"];
                /** @description Only what was done on or after this day. */
                from?: string;
                /** @description Only what was done on or before this day. */
                to?: string;
                /** @description The `next` of the page before. */
                after?: number;
                /** @description Events of a page, 1 to 200; 50 unless told. A page may hold fewer and still have a next one. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditedEvent"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_seals: {
        parameters: {
            query?: {
                /** @description Only blocks after this number. */
                after?: number;
                /** @description Blocks of a page, 1 to 50; 10 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Some blocks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Seals"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_seal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                position: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The block, where there is one */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SealOfEvent"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    look_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallerLookup"];
            };
        };
        responses: {
            /** @description The cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerCases"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_cases: {
        parameters: {
            query?: {
                /**
                 * @description Only what stands in this relation: `dispatch`, `verify`, `call_back` and `decide` are the work lists of a desk,
                 *     `lead` and `assist` those of a unit, `area` everything that lies there. Absent: everything that the caller may see.
                 */
                relation?: "area" | "lead" | "assist" | "dispatch" | "decide" | "verify" | "call_back";
                /** @description Only what concerns this unit. */
                unit?: string;
                /** @description `true` (the default): what is open, by limit, the nearest first. `false`: what is not, the last first. */
                open?: boolean;
                /** @description Only what sorts at this time or later: the nearest limit of what is open, the end of what is not. */
                from?: string;
                /** @description Only what sorts before this time. What is open and `until` now is overdue. */
                until?: string;
                /** @description Only cases in this state. */
                state?: string;
                /** @description Only cases of this matter, and of those below it. */
                matter?: string;
                /** @description Only demands of this type. */
                demand?: string;
                /** @description Only what came in this way. */
                channel?: string;
                /** @description Only what this account works on (经办人): holds an assignment of, of what is open one that is open. */
                holder?: components["schemas"]["Number"];
                /** @description `true`: only what is escalated, of what is open: supervisors or leaders have been told of a limit that has passed. */
                escalated?: boolean;
                /** @description `true`: only what has a limit that is near and has not passed, of what is open. */
                near?: boolean;
                /** @description The `next` of the page before. */
                after?: string;
                /** @description `json` (the default): a page. `xlsx`: the list from here on as a sheet, up to 10,000 cases of it. */
                format?: "json" | "xlsx";
                /**
                 * @description Cases of a page, 1 to 200; 50 unless told. A page may hold fewer, or none, and still have a next one: state, matter,
                 *     demand, channel, holder, escalated and near are looked at in up to 500 cases for a page.
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of cases, or a sheet */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CaseSummary"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    file_case: {
        parameters: {
            query?: never;
            header?: {
                /** @description 8 to 200 characters; needed for safe retries */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCase"];
            };
        };
        responses: {
            /** @description Was filed by an earlier request with the same key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiledCase"];
                };
            };
            /** @description Filed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiledCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search_cases: {
        parameters: {
            query: {
                /**
                 * @description Words: all of them must be found in what was reported (with its title and place), or in replies. Runs of seven
                 *     digits or more are not indexed.
                 * @example 井盖 破损
                 */
                q: string;
                /**
                 * @description Only cases of this district, by the six digits of its code.
                 * @example 990101
                 */
                district?: number;
                /** @description Only what is open, or only what is not. */
                open?: boolean;
                /** @description Cases at most, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundCases"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The case */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_of_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confide: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confidence"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disclose: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hand_over: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version seen */
                "If-Match"?: string;
            };
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHandover"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_limits: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The limits */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainedLimits"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_proposal: {
        parameters: {
            query?: {
                /** @description Another matter than the case's own. */
                matter?: string;
            };
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The proposal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispatchProposal"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    propose: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The proposal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicationProposal"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    publish: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPublication"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reveal_reporter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Purpose"];
            };
        };
        responses: {
            /** @description The reporter */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevealedReporter"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_request: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version seen */
                "If-Match"?: string;
            };
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRequest"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decide_request: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version seen */
                "If-Match"?: string;
            };
            path: {
                number: components["schemas"]["Number"];
                /** @description The request's number within the case */
                request: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDecision"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_similar: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Open cases that may be the same thing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SimilarCases"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    take_step: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version seen */
                "If-Match"?: string;
            };
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewStep"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_supporters: {
        parameters: {
            query?: {
                /** @description The `next` of the page before. */
                after?: string;
                /** @description How many, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them, in their order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Supporter"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reveal_supporter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SupporterPurpose"];
            };
        };
        responses: {
            /** @description The number */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevealedSupporter"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_timeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The timeline */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_row: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The six digits of a city or district */
                district: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRow"];
            };
        };
        responses: {
            /** @description Put */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutRows"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_row: {
        parameters: {
            query: {
                /** @description The matter. */
                matter: string;
                /** @description The demand type for which it holds. */
                demand?: string;
                /** @description First day on which it holds. */
                valid_from: string;
                /** @description The version that the caller has seen. */
                version?: number;
            };
            header?: never;
            path: {
                /** @description The six digits of a city or district */
                district: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_rows: {
        parameters: {
            query?: {
                /** @description Only rows of this matter and those below it. */
                matter?: string;
                /** @description The `next` of the page before. */
                after?: string;
                /** @description Rows of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The six digits of a city or district */
                district: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_VersionedDirectoryRow"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_rows: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The six digits of a city or district */
                district: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRows"];
            };
        };
        responses: {
            /** @description Put */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutRows"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erase: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewErasure"];
            };
        };
        responses: {
            /** @description It is erased */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description Words of the caller, a name, an alias, or pinyin initials. */
                q: string;
                /** @description Only places within this unit's area. */
                area?: string;
                /**
                 * @description `lon,lat` in CGCS2000: of the best fifty, the nearest first.
                 * @example 100.0012,36.0031
                 */
                near?: string;
                /** @description How many, 1 to 50; 10 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The places */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Places"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Keys"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeKey"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    switch_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyActivity"];
            };
        };
        responses: {
            /** @description The key after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watch: {
        parameters: {
            query?: {
                /** @description The last position that was seen; `Last-Event-ID` comes before it. Absent: what happens from now on. */
                since?: number;
            };
            header?: {
                /** @description The id of the last event that was seen */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events, each with a `LiveEvent` as its data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveEvent"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_matters: {
        parameters: {
            query?: {
                /** @description Matters whose name, code or key words hold this, on every level. */
                q?: string;
                /** @description Matters directly below this one. With neither `q` nor `parent`: those of the first level. */
                parent?: string;
                /** @description The `next` of the page before. */
                after?: string;
                /** @description Matters of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of matters, by code */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Matter"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suggest_matters: {
        parameters: {
            query: {
                /** @description What is being told; its first 2,000 characters count. */
                text: string;
                /** @description How many, 1 to 20; 5 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The matters */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuggestedMatters"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_matter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The matter */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Matter"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is signed in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Changed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolmentStart"];
            };
        };
        responses: {
            /** @description Begun */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolment"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FirstCode"];
            };
        };
        responses: {
            /** @description In force */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaperCodes"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_model: {
        parameters: {
            query?: {
                /**
                 * @description The six digits of a district or city; the first that has rules of its own unless told.
                 * @example 990101
                 */
                district?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rules */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The districts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DistrictModels"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_figures: {
        parameters: {
            query?: {
                /**
                 * @description The six digits of a district or city; the first that has rules of its own unless told.
                 * @example 990101
                 */
                district?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Measures, rates, scores and samples */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Figures"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_work_time: {
        parameters: {
            query?: {
                /**
                 * @description The six digits of a district or city; the first that has rules of its own unless told.
                 * @example 990101
                 */
                district?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Hours and calendar */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkTime"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_publicly: {
        parameters: {
            query: {
                /**
                 * @description Its name.
                 * @example 现场.jpg
                 */
                name: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The file */
        requestBody?: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Taken in */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Uploaded"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_published: {
        parameters: {
            query?: {
                /** @description Only what is said to lie in this area: a community, or one above it up to the district. */
                area?: string;
                /**
                 * @description `west,south,east,north` in CGCS2000: only what is said to lie in this box, instead of an area. A page may have fewer
                 *     cases than its limit then, even none, while there is a `next`.
                 */
                box?: string;
                /** @description Only this matter, and those below it. */
                matter?: string;
                /** @description The `next` of the page before. */
                after?: components["schemas"]["Number"];
                /** @description Cases of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of published cases, the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PublishedCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    file_public_case: {
        parameters: {
            query?: never;
            header?: {
                /** @description 8 to 200 characters; needed for safe retries */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCase"];
            };
        };
        responses: {
            /** @description Was filed by an earlier request with the same key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiledCase"];
                };
            };
            /** @description Filed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiledCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_published: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    support: {
        parameters: {
            query?: never;
            header?: {
                /** @description 8 to 200 characters; needed for safe retries */
                "Idempotency-Key"?: string;
            };
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSupport"];
            };
        };
        responses: {
            /** @description Was added by an earlier request with the same key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiledSupport"];
                };
            };
            /** @description Added */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiledSupport"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_nearby: {
        parameters: {
            query: {
                /**
                 * @description Longitude in degrees.
                 * @example 100.0012
                 */
                lon: number;
                /**
                 * @description Latitude in degrees.
                 * @example 36.0031
                 */
                lat: number;
                /** @description What they are measured against; CGCS2000 unless told. */
                datum?: "cgcs2000" | "gcj02" | "bd09";
                /** @description The matter that is about to be reported: cases that share its levels come first. */
                matter?: string;
                /** @description Cases, 1 to 200; 5 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Published cases within about a kilometre */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NearbyList"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_public_rates: {
        parameters: {
            query: {
                /**
                 * @description `2024`, `2024-03` or `2024-01..2024-06`.
                 * @example 2024-03
                 */
                period: string;
                /** @description What the rows are. */
                by: "district" | "subdistrict" | "month" | "matter";
                /**
                 * @description A city, district or subdistrict; everything unless told.
                 * @example 990101000000
                 */
                within?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rates */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rates"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_rates: {
        parameters: {
            query: {
                /**
                 * @description `2024`, `2024-03` or `2024-01..2024-06`.
                 * @example 2024-03
                 */
                period: string;
                /** @description What the rows are. */
                by: "district" | "subdistrict" | "community" | "department" | "month" | "matter" | "channel";
                /**
                 * @description An area, or a unit that answers for cases; the widest that the caller sees unless told.
                 * @example 990101000000
                 */
                within?: string;
                /** @description By matter: those below this matter of the first level. */
                under?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rates */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rates"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_cases_behind: {
        parameters: {
            query: {
                /**
                 * @description `2024`, `2024-03` or `2024-01..2024-06`; or days, `2024-03-15` or `2024-03-11..2024-03-17`, at most 400.
                 * @example 2024-03
                 */
                period: string;
                /**
                 * @description The measures of a numerator or denominator, divided by commas.
                 * @example closed
                 */
                measures: string;
                /**
                 * @description The area, or the unit that answers for the cases; the widest that the caller sees unless told.
                 * @example 990101000000
                 */
                unit?: string;
                /** @description For an area: the cases that it answers for itself instead of those that lie in it. */
                answers?: boolean;
                /** @description Only of this matter of the first two levels. */
                matter?: string;
                /** @description Only of this channel. */
                channel?: string;
                /** @description The `next` of the page before. */
                after?: string;
                /** @description Cases of a page, 1 to 200; 50 unless told. A page may hold fewer, even none, and still have a next one. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CaseSummary"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_editions: {
        parameters: {
            query: {
                /**
                 * @description The period that was closed: `2024-03`.
                 * @example 2024-03
                 */
                period: string;
                /**
                 * @description The city or district; the widest area that the caller sees unless told.
                 * @example 990101000000
                 */
                within?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The editions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Editions"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_period: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Closing"];
            };
        };
        responses: {
            /** @description Published */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EditionSummary"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_edition: {
        parameters: {
            query: {
                /**
                 * @description The period that was closed: `2024-03`.
                 * @example 2024-03
                 */
                period: string;
                /**
                 * @description The city or district; the widest area that the caller sees unless told.
                 * @example 990101000000
                 */
                within?: string;
            };
            header?: never;
            path: {
                edition: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The edition */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Edition"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_moved: {
        parameters: {
            query: {
                /**
                 * @description The period that was closed: `2024-03`.
                 * @example 2024-03
                 */
                period: string;
                /**
                 * @description The city or district; the widest area that the caller sees unless told.
                 * @example 990101000000
                 */
                within?: string;
                /** @description The `next` of the page before. */
                after?: number;
            };
            header?: never;
            path: {
                edition: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_MovedCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_samples: {
        parameters: {
            query: {
                /**
                 * @description The six digits of a district.
                 * @example 990101
                 */
                district: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The samples */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Samples"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    draw_sample: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSample"];
            };
        };
        responses: {
            /** @description Was drawn before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sample"];
                };
            };
            /** @description Drawn */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sample"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sampled_cases: {
        parameters: {
            query: {
                /**
                 * @description The six digits of a district.
                 * @example 990101
                 */
                district: number;
                /** @description `false` (the default): those that nobody has answered for yet. `true`: those with an answer. */
                answered?: boolean;
                /** @description The `next` of the page before. */
                after?: string;
                /** @description Cases of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SampledCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Signed in */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BegunSession"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_everywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every session of the account has ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    find_similar: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SimilarDraft"];
            };
        };
        responses: {
            /** @description Open cases that may be the same thing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SimilarCases"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_tallies: {
        parameters: {
            query: {
                /**
                 * @description An area, or a unit that leads cases.
                 * @example 990101000000
                 */
                unit: string;
                /** @description `area` (the default): what lies in the unit; `lead`: what the unit leads. */
                relation?: "area" | "lead";
                /**
                 * @description Measures that the packs in force declare, divided by commas. All of them unless told.
                 * @example filed,closed
                 */
                measures?: string;
                /** @description First local day. */
                from: string;
                /** @description Last local day; at most 400 days are told at once. */
                to: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tallies"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_day: {
        parameters: {
            query?: {
                /**
                 * @description An area; the widest that the caller sees unless told.
                 * @example 990101000000
                 */
                unit?: string;
                /** @description The local day; today unless told. */
                day?: string;
                /** @description With how many weeks before it is compared, 1 to 26; 8 unless told. */
                weeks?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The day */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DayAgainstUsual"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_standing: {
        parameters: {
            query?: {
                /**
                 * @description An area; the widest that the caller sees unless told.
                 * @example 990101000000
                 */
                unit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where they stand */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Standing"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    follow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Secret"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FollowedCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_of_followed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Secret"];
            };
        };
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rating"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FollowedCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reopen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reopening"];
            };
        };
        responses: {
            /** @description The case after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FollowedCase"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_units: {
        parameters: {
            query?: {
                /** @description Only units directly below this one. */
                parent?: string;
                /** @description Only units of this kind. */
                kind?: "city" | "district" | "subdistrict" | "town" | "township" | "community" | "village" | "grid" | "department";
                /** @description Only units whose name or code holds this. */
                q?: string;
                /** @description As things stood on this day; today unless told. */
                on?: string;
                /** @description The `next` of the page before. */
                after?: string;
                /** @description Units of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of units, by code */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Unit"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_changes: {
        parameters: {
            query: {
                /**
                 * @description The six digits of a city or district.
                 * @example 990101
                 */
                district: number;
                /** @description The `next` of the page before. */
                after?: number;
                /** @description Changes of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of changes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PastUnitChange"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_units: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UnitChange"];
            };
        };
        responses: {
            /** @description The units that are new or changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedUnits"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_unit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The unit */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitInTree"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_colleagues: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everybody who works there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Colleagues"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_open_work: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How much */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenWork"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_vitals: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures of this moment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Vitals"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhooks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhooks"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    subscribe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeWebhook"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    switch_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookActivity"];
            };
        };
        responses: {
            /** @description The webhook after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_deliveries: {
        parameters: {
            query: {
                /**
                 * @description `waiting`, `delivered` or `given_up`.
                 * @example given_up
                 */
                state: string;
                /** @description The `next` of the page before. */
                after?: number;
                /** @description Deliveries of a page, 1 to 200; 50 unless told. */
                limit?: number;
            };
            header?: never;
            path: {
                id: components["schemas"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries, in the order of the journal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Delivery"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["schemas"]["Number"];
                position: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is sent again from now on */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lives: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It lives */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    is_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Why it was not done */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

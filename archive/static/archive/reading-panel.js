/* The panel's form: what it shows for each kind of record, what it suggests, its errors.
   Nothing here throws away what was typed, save `clear` after it was saved. */

export class Panel {
    constructor(section, desk) {
        this.section = section;
        this.form = section.querySelector('form');
        this.errors = section.querySelector('#panel-errors');
        this.desk = desk;
        for (const radio of this.form.elements.kind) {
            radio.addEventListener('change', () => this.showKind());
        }
        this.form.elements['response-kind']?.addEventListener('change', () => this.showBasis());
        this.newEvent?.addEventListener('change', () => this.showKind());
        const target = this.form.elements.target;
        // Select2 speaks through jQuery only.
        window.django.jQuery(target).on('change', () => this.showFields());
        this.form.addEventListener('input', (event) => (event.target.dataset.typed = ''));
        window.django.jQuery(this.form).on('select2:select select2:clear', (event) =>
            (event.target.dataset.typed = ''));
        this.form.addEventListener('change', (event) => (event.target.dataset.typed = ''));
        section.querySelector('#close-panel').addEventListener('click', () => this.close());
        section.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && !event.defaultPrevented) this.close();
        });
        this.showKind();
    }

    get kind() {
        return this.form.elements.kind.value;
    }

    /* In a new request: whether its event is made along with it. */
    get newEvent() {
        return this.form.elements['request-new_event'];
    }

    open() {
        if (this.section.hidden) this.opener = document.activeElement;
        this.section.hidden = false;
        this.desk.classList.add('panel-open');
    }

    close() {
        this.section.hidden = true;
        this.desk.classList.remove('panel-open');
        this.section.dispatchEvent(new Event('closed'));
    }

    /* Only the fields of the chosen kind are shown, and sent. */
    showKind() {
        const ofRequest = this.kind === 'request';
        const withEvent = ofRequest && Boolean(this.newEvent?.checked);
        if (this.newEvent) {
            this.newEvent.disabled = this.newEvent.closest('.field').hidden = !ofRequest;
        }
        for (const fields of this.form.querySelectorAll('fieldset[data-kind]')) {
            const isShown = fields.dataset.kind === this.kind
                || (withEvent && fields.dataset.kind === 'event');
            fields.hidden = fields.disabled = !isShown;
        }
        const event = this.form.elements['request-event'];
        if (event) {
            event.disabled = withEvent;
            event.closest('.field').hidden = withEvent;
        }
        this.showBasis();
        this.showFields();
    }

    /* Only a silence has a basis: it is reported, where a passage says so. */
    showBasis() {
        const {'response-kind': kind, 'response-basis': basis} = this.form.elements;
        if (!basis) return;
        const isSilence = kind.value === 'silence';
        basis.closest('.field').hidden = !isSilence;
        if (!isSilence) basis.value = '';
        else if (!basis.value) basis.value = 'reported';
    }

    /* Only the fields that a record of this kind has can be cited. */
    showFields() {
        const kind = this.kind === 'existing'
            ? this.form.elements.target.value.split(':')[0] : this.kind;
        const select = this.form.elements.field;
        for (const option of select.options) {
            const fits = !option.value || option.dataset.kinds.split(' ').includes(kind);
            option.hidden = option.disabled = !fits;
        }
        if (select.selectedOptions[0]?.disabled) select.value = '';
    }

    /* The passage that the panel is about. */
    show({start, end, quote, cited, suggestions}) {
        const {elements} = this.form;
        elements.start.value = start;
        elements.end.value = end;
        const words = this.section.querySelector('#quote');
        words.textContent = quote;
        words.classList.remove('empty');
        const known = cited.length ? ` Cited already for: ${cited.join('; ')}.` : '';
        this.section.querySelector('#place').textContent = `Characters ${start} to ${end}.${known}`;
        for (const [kind, values] of Object.entries(suggestions)) {
            for (const [name, value] of Object.entries(values)) this.suggest(`${kind}-${name}`, value);
        }
        this.say({});
    }

    /* Fills in a field that nobody has typed in. */
    suggest(name, value) {
        const input = this.form.elements[name];
        if (!input || 'typed' in input.dataset) return;
        if (value.id) {
            input.replaceChildren(new Option('', ''), new Option(value.text, value.id, true, true));
            window.django.jQuery(input).trigger('change.select2');
        } else {
            input.value = value;
        }
    }

    /* Shows the words of a refusal: all of them on top, each at its field, too. */
    say(errors) {
        for (const old of this.form.querySelectorAll('.field .errorlist')) old.remove();
        for (const old of this.form.querySelectorAll('[aria-invalid]')) {
            old.removeAttribute('aria-invalid');
        }
        const lines = Object.entries(errors).map(([name, words]) => {
            const input = this.form.elements[name];
            const field = input?.closest?.('.field');
            const line = document.createElement('li');
            if (field) {
                const folded = field.closest('details');
                if (folded) folded.open = true;
                input.setAttribute('aria-invalid', 'true');
                const list = document.createElement('ul');
                list.className = 'errorlist';
                list.append(...words.map((word) => item(word)));
                field.append(list);
            }
            const label = field?.querySelector('label, .label')?.textContent.trim();
            const kind = field?.closest('[data-kind]')?.dataset.kind;
            // Two records have fields of the same name.
            const whose = label && kind && kind !== this.kind ? `The ${kind}: ` : '';
            line.textContent = whose + (label ? `${label}: ${words.join(' ')}` : words.join(' '));
            return line;
        });
        const list = document.createElement('ul');
        list.append(...lines);
        this.errors.replaceChildren(...(lines.length ? [list] : []));
        if (lines.length) this.errors.scrollIntoView({block: 'nearest'});
    }

    clear() {
        this.form.reset();
        for (const select of this.form.querySelectorAll('select.admin-autocomplete')) {
            select.replaceChildren(new Option('', ''));
            window.django.jQuery(select).trigger('change.select2');
        }
        for (const typed of this.form.querySelectorAll('[data-typed]')) delete typed.dataset.typed;
        const words = this.section.querySelector('#quote');
        words.textContent = 'Nothing is marked yet.';
        words.classList.add('empty');
        this.section.querySelector('#place').textContent = '';
        this.section.querySelector('#places').replaceChildren();
        this.say({});
        this.showKind();
    }
}

function item(text) {
    const line = document.createElement('li');
    line.textContent = text;
    return line;
}

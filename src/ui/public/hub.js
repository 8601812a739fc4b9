// The page's one script, a comfort only: without it every form is sent and answered as a page.
(() => {
  const composer = () => document.getElementById('composer');
  const messageField = () => document.getElementById('composer-message');
  const isBusy = () => composer()?.classList.contains('htmx-request') ?? false;
  let wasStopped = false;
  let followsEnd = true;
  /** What was being typed when an earlier question was asked again. */
  let draft = '';

  // Only where it works is there a button for it.
  if (navigator.clipboard) document.documentElement.classList.add('can-copy');

  document.addEventListener('keydown', (event) => {
    if (event.target !== messageField() || event.key !== 'Enter' || event.shiftKey) return;
    // While a text is composed (Japanese, Chinese, …) Enter takes a suggestion; Safari tells by the key code only.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!isBusy() && event.target.value.trim() !== '') composer().requestSubmit();
  });

  document.addEventListener('input', (event) => {
    if (event.target !== messageField()) return;
    fitHeight();
    showProblem('');
  });

  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-stop]')) {
      wasStopped = true;
      htmx.trigger(composer(), 'htmx:abort');
      messageField().focus();
    }
    const copied = event.target.closest('[data-copy]');
    if (copied) copy(copied);
    const confirmed = event.target.closest('[data-confirm]');
    if (confirmed && !confirm(confirmed.dataset.confirm)) event.preventDefault();
    const asked = event.target.closest('[data-starter], [data-retry]');
    if (!asked || !composer() || typeof htmx === 'undefined') return;
    event.preventDefault();
    if (isBusy()) return;
    draft = messageField().value;
    messageField().value = asked.value;
    composer().requestSubmit();
  });

  document.addEventListener('htmx:before:request', (event) => {
    if (event.target !== composer()) return;
    wasStopped = false;
    followsEnd = true;
    showProblem('');
  });

  // The question has arrived: only now may it leave the field.
  document.addEventListener('htmx:sse:after:connection', (event) => {
    if (event.target !== composer()) return;
    messageField().value = draft;
    draft = '';
    fitHeight();
    messageField().focus();
  });

  // The address of a conversation that this question began.
  document.addEventListener('hub:thread', (event) => {
    history.replaceState(history.state, '', event.detail.data);
  });

  document.addEventListener('htmx:sse:close', (event) => {
    if (event.target !== composer()) return;
    for (const turn of document.querySelectorAll('.turn[aria-busy="true"]')) endTurn(turn);
  });

  document.addEventListener('htmx:response:error', (event) => {
    const status = event.detail.ctx.response.status;
    if (event.target !== composer()) return;
    takeBackDraft();
    // A refused question comes with its own words.
    if ([409, 422, 429].includes(status)) return;
    const what = { 403: 'This page is out of date. Reload it' };
    showProblem(
      `${what[status] ?? 'The question could not be answered. Wait a moment'}, then send it again.`,
    );
  });

  document.addEventListener('htmx:error', (event) => {
    if (event.target !== composer() || wasStopped) return;
    takeBackDraft();
    showProblem('The question could not be sent. Check the connection, then send it again.');
  });

  document.addEventListener('scroll', () => {
    const { scrollTop, clientHeight, scrollHeight } = document.scrollingElement;
    followsEnd = scrollHeight - scrollTop - clientHeight < 80;
  });

  document.addEventListener('htmx:after:swap', () => {
    if (composer() && followsEnd) scrollToEnd();
  });

  if (composer()) {
    fitHeight();
    if (document.querySelector('.turn')) scrollToEnd();
    if (matchMedia('(hover: hover)').matches) messageField().focus({ preventScroll: true });
  }

  /** Ends a turn whose last message never came: it was stopped, or the connection was lost. Then it is shown as it was kept. */
  function endTurn(turn) {
    // One that is answered for another page asks for itself.
    if (turn.hasAttribute('hx-get')) return;
    turn.setAttribute('aria-busy', 'false');
    const ending = turn.querySelector('.ending');
    if (ending.textContent.trim() !== '') return;
    const note = document.createElement('p');
    note.className = wasStopped ? 'turn-note' : 'turn-error';
    if (!wasStopped) note.setAttribute('role', 'alert');
    note.textContent = wasStopped
      ? 'You stopped this answer.'
      : 'The connection was lost. Reload the page to see what was kept, or send your question once more.';
    ending.replaceChildren(note);
    showKept(turn);
    const status = document.getElementById('chat-status');
    if (status) status.textContent = wasStopped ? 'Stopped.' : '';
    if (followsEnd) scrollToEnd();
  }

  /** The server keeps a turn a moment after it was left. */
  function showKept(turn) {
    setTimeout(() => {
      if (!turn.isConnected) return;
      htmx
        .ajax('GET', turn.dataset.turn, { source: turn, target: turn, swap: 'outerHTML' })
        .catch(() => undefined);
    }, 500);
  }

  async function copy(button) {
    const status = document.getElementById('chat-status');
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = 'Copied';
      if (status) status.textContent = 'Copied.';
    } catch {
      button.textContent = 'Not copied';
      if (status) status.textContent = 'The browser did not let it be copied.';
    }
    setTimeout(() => {
      button.textContent = 'Copy';
      if (status && !isBusy()) status.textContent = '';
    }, 2000);
  }

  function takeBackDraft() {
    if (draft !== '') messageField().value = draft;
    draft = '';
  }

  function showProblem(text) {
    const problem = document.getElementById('composer-problem');
    if (problem) problem.textContent = text;
    if (text === '') messageField()?.removeAttribute('aria-invalid');
  }

  function fitHeight() {
    const field = messageField();
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }

  function scrollToEnd() {
    document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
  }
})();

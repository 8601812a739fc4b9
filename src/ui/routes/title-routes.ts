import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { castPerson, listCast, removeFromCast } from '../data/edit-cast';
import {
  countTitleParts,
  createTitle,
  deleteTitle,
  findTitleToEdit,
  listTitleTypes,
  saveTitle,
} from '../data/edit-titles';
import { findPeople, findTitles, newestTitles } from '../data/find-for-editor';
import { parseInteger, textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { sendHtml, wantsPart } from '../send-page';
import { deleteTitleView } from '../views/delete-title-view';
import { titleList } from '../views/editor-list-view';
import type { FormState } from '../views/form-field';
import { maxChoices, peoplePicker } from '../views/picker-view';
import { newTitleView, titlePageView } from '../views/title-edit-view';
import { type AdminContext, idIn, notFound } from './admin-context';
import { readPart, readWholeTitle, refusePicked, titleState } from './edit-forms';

/** Titles on a page. */
const pageSize = 50;

type ById = { Params: { id: string } };

/** Titles for editors: list and search, a new title, and each title with its cast and deletion. */
export function titleRoutes(app: FastifyInstance, hub: Hub, admin: AdminContext): void {
  const active = 'admin/titles';

  app.get('/admin/titles', async (request, reply) => {
    const words = wordsIn(request, 'q');
    const before = parseInteger(textField(request.query, 'before'));
    const titles = await admin.edit(request, (scope) =>
      words === '' ? newestTitles(scope, pageSize + 1, before) : findTitles(scope, words, pageSize + 1),
    );
    const list = { hub, words, rows: titles.slice(0, pageSize), hasMore: titles.length > pageSize };
    if (wantsPart(request, reply)) return sendHtml(reply, titleList.part(list));
    return admin.send(request, reply, {
      title: 'Titles · Admin',
      active,
      render: (page) => titleList.view(page, list),
    });
  });

  app.get('/admin/titles/new', (request, reply) => sendNew(request, reply));

  app.post('/admin/titles/new', async (request, reply) => {
    const form = readWholeTitle(request.body, await admin.edit(request, listTitleTypes));
    if ('refused' in form) return sendNew(request, reply, form.refused);
    const id = await admin.edit(request, (scope, actor) => createTitle(scope, actor, form.value));
    return admin.redirect(request, reply, `/admin/titles/${id}`, `Created “${form.value.title}”.`);
  });

  app.get<ById>('/admin/titles/:id', async (request, reply) => {
    const id = idIn(request.params.id, 'title');
    if (wantsPart(request, reply)) {
      const words = wordsIn(request, 'words');
      const people = await admin.edit(request, (scope) => findPeople(scope, words, maxChoices + 1));
      return sendHtml(reply, peoplePicker(hub, people, { values: { words }, errors: {} }));
    }
    return sendTitle(request, reply, id, {});
  });

  app.post<ById>('/admin/titles/:id', async (request, reply) => {
    const id = idIn(request.params.id, 'title');
    const form = readWholeTitle(request.body, await admin.edit(request, listTitleTypes));
    if ('refused' in form) return sendTitle(request, reply, id, { title: form.refused });
    if (!(await admin.edit(request, (scope, actor) => saveTitle(scope, actor, id, form.value))))
      throw notFound('title');
    return admin.redirect(request, reply, `/admin/titles/${id}`, `Saved “${form.value.title}”.`);
  });

  app.get<ById>('/admin/titles/:id/delete', async (request, reply) => {
    const id = idIn(request.params.id, 'title');
    const [title, parts] = await admin.edit(request, async (scope) => [
      await findTitleToEdit(scope, id),
      await countTitleParts(scope, id),
    ]);
    if (title === undefined || parts === undefined) throw notFound('title');
    return admin.send(request, reply, {
      title: `Delete ${title.title} · Admin`,
      active,
      render: (page) => deleteTitleView(page, { id, title, parts }),
    });
  });

  app.post<ById>('/admin/titles/:id/delete', async (request, reply) => {
    const id = idIn(request.params.id, 'title');
    const deleted = await admin.edit(request, (scope, actor) => deleteTitle(scope, actor, id));
    if (deleted === undefined) throw notFound('title');
    return admin.redirect(request, reply, '/admin/titles', `Deleted “${deleted.title}”.`);
  });

  app.post<ById>('/admin/titles/:id/cast', async (request, reply) => {
    const titleId = idIn(request.params.id, 'title');
    const form = readPart(request.body, 'person');
    if ('refused' in form) return sendTitle(request, reply, titleId, { part: form.refused });
    const { pickedId: personId, category, character, state } = form.value;
    const outcome = await admin.edit(request, (scope, actor) =>
      castPerson(scope, actor, { titleId, personId, category, character }),
    );
    if ('missing' in outcome) {
      if (outcome.missing === 'title') throw notFound('title');
      return sendTitle(request, reply, titleId, { part: refusePicked(state, 'person') });
    }
    return admin.redirect(
      request,
      reply,
      `/admin/titles/${titleId}`,
      `Cast ${outcome.person} as ${character} in “${outcome.title}”.`,
    );
  });

  app.post<{ Params: { id: string; ordering: string } }>(
    '/admin/titles/:id/cast/:ordering/remove',
    async (request, reply) => {
      const titleId = idIn(request.params.id, 'title');
      const ordering = idIn(request.params.ordering, 'part');
      const personId = idIn(textField(request.body, 'person_id'), 'part');
      const credit = { titleId, ordering, personId };
      if (!(await admin.edit(request, (scope, actor) => removeFromCast(scope, actor, credit))))
        throw notFound('part');
      const next =
        textField(request.body, 'from') === 'person'
          ? `/admin/people/${personId}`
          : `/admin/titles/${titleId}`;
      return admin.redirect(request, reply, next, 'Removed from the cast.');
    },
  );

  async function sendNew(request: FastifyRequest, reply: FastifyReply, refused?: FormState) {
    const types = await admin.edit(request, listTitleTypes);
    return admin.send(request, reply, {
      title: 'New title · Admin',
      active,
      refused: refused !== undefined,
      render: (page) => newTitleView(page, { types, state: refused }),
    });
  }

  async function sendTitle(
    request: FastifyRequest,
    reply: FastifyReply,
    id: number,
    refused: { title?: FormState; part?: FormState },
  ) {
    const words = refused.part?.values.words ?? wordsIn(request, 'words');
    const found = await admin.edit(request, async (scope) => {
      const title = await findTitleToEdit(scope, id);
      if (title === undefined) throw notFound('title');
      const people = words === '' ? [] : await findPeople(scope, words, maxChoices + 1);
      return { title, people, types: await listTitleTypes(scope), cast: await listCast(scope, id) };
    });
    return admin.send(request, reply, {
      title: `${found.title.title} · Admin`,
      active,
      refused: refused.title !== undefined || refused.part !== undefined,
      render: (page) =>
        titlePageView(page, {
          id,
          ...found,
          name: found.title.title,
          state: refused.title ?? titleState(found.title),
          part: refused.part ?? { values: { words }, errors: {} },
        }),
    });
  }
}

/** Returns the text of a search field. */
export function wordsIn(request: FastifyRequest, name: string): string {
  return textField(request.query, name).trim().slice(0, 200);
}
